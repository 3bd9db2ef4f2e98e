package import Runtime

/// The thread that keeps a worker's place among the others: beats, claims, gives back, and asks what else there is to
/// ask of the same database. Its session is what the others see the worker live by.
package final class ControlThread<Session, Input: WorkerInput>: Sendable {
    private struct Question: Sendable {
        let ask: @Sendable (Session) throws(StoreError) -> Input
        let failed: @Sendable (StoreError) -> Input
    }

    private let questions = Mailbox<Question>()
    private let thread: OwnedThread

    /// - Parameter leave: says that the worker is no more.
    package init(
        session makeSession: @escaping @Sendable () -> StoreSession<Session>, inbox: Inbox<Input>, log: Log,
        leave: @escaping @Sendable (Session) throws(StoreError) -> Void
    ) throws(ThreadError) {
        let questions = questions
        thread = try OwnedThread(name: "control") {
            var session = makeSession()
            questions.workOff { question in
                do throws(StoreError) {
                    inbox.put(try session.run(question.ask))
                } catch {
                    inbox.put(question.failed(error))
                }
            }
            do throws(StoreError) {
                try session.run(leave)
            } catch {
                // With its session gone, the others find that it is no more.
                log.warning("the worker left without saying so", error)
            }
        }
    }

    /// Asks in its turn, and puts the answer into the inbox.
    package func ask(
        _ ask: @escaping @Sendable (Session) throws(StoreError) -> Input,
        orElse failed: @escaping @Sendable (StoreError) -> Input
    ) {
        questions.put(Question(ask: ask, failed: failed))
    }

    /// Does what is left to do, leaves the pool, and ends.
    package func stop() {
        questions.close()
        thread.join()
    }
}
