"""Audits beyond one machine: a plan of shards, one runner a shard, one Parquet object a shard.

The shard is the unit. Whoever runs it, and however often, its part is written once, by a
conditional write; an engine only hands out numbers.
"""
