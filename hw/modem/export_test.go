package modem

// Private is private.
var Private = private
