// Replaced by the first file of this library.
