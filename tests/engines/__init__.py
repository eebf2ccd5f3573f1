"""The same plan of shards under xargs, Ray and Spark: cost, rows, kills, poisons."""
