"""Kinds of sources, a file each, named as programmes name them."""
