"""Reading files into lists: a preview first, then all of it, line by line, in the worker."""
