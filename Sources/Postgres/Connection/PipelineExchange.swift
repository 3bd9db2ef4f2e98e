/// What is known about a pipeline while its answers come in. Pure: it decides what a lost connection means.
struct PipelineExchange {
    enum Step {
        case prepare(Int, StatementCache.Key)
        case execute(Int)

        var index: Int {
            switch self {
            case .prepare(let index, _), .execute(let index): index
            }
        }
    }

    /// What was sent, in order.
    var steps: [Step] = []
    /// Prepared in this pipeline, and not yet confirmed.
    var unprepared: [StatementCache.Key] = []
    /// By the caller's statements; the hidden ones are left out.
    private(set) var outcomes: [Result<PostgresResult, PostgresError>] = []
    private(set) var failure: PostgresError?
    /// Whether the answer to a COMMIT of ours was read.
    private(set) var isCommitted = false
    /// Whether all statements have been answered, so that only the end of the pipeline is missing.
    var isAtSync = false
    /// The server's last words, said in place of a statement's answer.
    var farewell: PostgresError?

    private let entries: [PostgresPipeline.Entry]
    /// Whether a transaction was open before: then nothing is committed here.
    private let isPart: Bool
    private let hasCommit: Bool
    private let firstVisible: Int

    init(entries: [PostgresPipeline.Entry], isPart: Bool) {
        self.entries = entries
        self.isPart = isPart
        hasCommit = entries.first?.isHidden ?? false
        firstVisible = hasCommit ? 1 : 0
        steps.reserveCapacity(entries.count * 2)
        outcomes.reserveCapacity(entries.count)
    }

    mutating func succeeded(_ index: Int, _ result: PostgresResult) {
        if !entries[index].isHidden {
            outcomes.append(.success(result))
        } else if index > 0 {
            isCommitted = result.commandTag == "COMMIT"
        }
    }

    mutating func aborted(_ index: Int) {
        // The statement after a failed preparation has its outcome already.
        guard !entries[index].isHidden, outcomes.count == index - firstVisible else { return }
        outcomes.append(
            .failure(
                PostgresError(
                    .init(
                        code: .pipelineAborted, message: "not run: an earlier statement of the pipeline failed",
                        statement: PostgresError.shortened(entries[index].statement.text),
                        statementIndex: index - firstVisible, isRetryable: failure?.isRetryable ?? false))))
    }

    /// - Parameter index: nil when it is the end of the pipeline that failed.
    mutating func failed(_ index: Int?, _ error: PostgresError) {
        var error = error
        if let index, !entries[index].isHidden {
            error.facts.statementIndex = index - firstVisible
            outcomes.append(.failure(error))
        }
        if failure == nil { failure = error }
    }

    /// What the loss of the connection means for the work.
    func verdict(on loss: PostgresError) -> PostgresError {
        // After a refusal the server skips everything up to the end, COMMIT included.
        if var failure {
            failure.facts.isConnectionLost = true
            return failure
        }
        // Answers come in order: the server had not come to the commit when it said farewell. Nor does a part of a
        // transaction commit anything.
        if isPart || farewell != nil && !isAtSync && !isCommitPending {
            var loss = loss
            loss.facts.isRetryable = true
            return loss
        }
        return .unknownOutcome(loss)
    }

    /// Whether all statements before the COMMIT have been answered.
    private var isCommitPending: Bool {
        hasCommit && outcomes.count == entries.count - 2
    }
}
