import Glibc
import Synchronization

/// Makes a signal a request to stop: what was read so far is still reported. A second one ends the program at once.
enum Interruption {
    private static let isAsked = Atomic<Bool>(false)

    static var isRequested: Bool { isAsked.load(ordering: .relaxed) }

    static func mind(_ signals: CInt...) {
        // Whoever started the program may have blocked them.
        var mask = sigset_t()
        sigemptyset(&mask)
        for number in signals {
            sigaddset(&mask, number)
            var action = sigaction()
            action.__sigaction_handler.sa_handler = { _ in Interruption.isAsked.store(true, ordering: .relaxed) }
            action.sa_flags = CInt(bitPattern: UInt32(SA_RESETHAND))
            sigaction(number, &action, nil)
        }
        pthread_sigmask(SIG_UNBLOCK, &mask, nil)
    }
}
