"""What is kept of a person, everywhere: read, handed out, erased; and what goes by itself when its time is over."""
