"""A stand-in for the marker of hooks, which pluggy makes in Osprey."""


def hookimpl_osprey(function):
    function.osprey_impl = {}
    return function
