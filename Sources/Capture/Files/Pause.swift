import Glibc

/// Waits a tenth of a second for a file that is still being written.
func pause() { usleep(100_000) }
