import Glibc
import SystemErrors
import Testing

@Suite struct SystemErrorTests {
    @Test func ofTheCallThatJustFailed() {
        #expect(open("/nonexistent/x", O_RDONLY) == -1)
        #expect(SystemError() == SystemError(ENOENT))
    }

    @Test(arguments: [
        (ENOENT, "No such file or directory; check the path"),
        (EACCES, "Permission denied; change the mode or owner of the file or its folder, or run as a user who may"),
        (EISDIR, "Is a directory; name a file in it"),
        (ENOSPC, "No space left on device; make room there, or choose another place"),
        (EMFILE, "Too many open files; raise the limit of open files (ulimit -n)"),
        (EADDRINUSE, "Address already in use; stop the program that listens there, or choose another port"),
        (EADDRNOTAVAIL, "Cannot assign requested address; choose an address of this machine"),
        (EIO, "Input/output error"),
    ]) func whatToDo(_ code: Int32, _ advice: String) {
        #expect(SystemError(code).advice == advice)
        #expect(advice.hasPrefix("\(SystemError(code))"))
    }
}
