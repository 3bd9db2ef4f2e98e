internal import Sealing
internal import Ticketing
internal import Wire

/// What follows from a verdict: its answer and the hash of what it writes. Keeps its memory for the next.
struct VerdictAnswer {
    private(set) var status = 0
    private(set) var reply: [UInt8] = []
    private(set) var writes = Self.nothing
    private var written: [UInt8] = []

    /// Of a verdict that writes no rows.
    static let nothing = SHA256.hash([])

    mutating func answer(_ verdict: Verdict, _ stamp: DecisionStamp) {
        switch verdict {
        case .decided(let decision), .fellDue(let decision):
            answer(decision, stamp)
        case .movedOut(let partition, let state):
            answer(200, #""movedTo":\#(partition),"state":"\#(state)""#, stamp)
        case .movedIn(let partition, let state):
            answer(200, #""movedFrom":\#(partition),"state":"\#(state)""#, stamp)
        case .parked(let reason):
            answer(
                500,
                #""type":"/problems/parked","title":"Parked","status":500,"#
                    + #""detail":"It could not be decided, and is kept for a person to look at.","#
                    + #""code":"parked","reason":"\#(reason.code.rawValue)""#, stamp)
        }
    }

    mutating func answer(_ decision: Decision, _ stamp: DecisionStamp) {
        status = decision.status
        reply.removeAll(keepingCapacity: true)
        decision.appendReply(stamp, to: &reply)
        written.removeAll(keepingCapacity: true)
        decision.appendWrites(to: &written)
        writes = SHA256.hash(written)
    }

    private mutating func answer(_ status: Int, _ members: String, _ stamp: DecisionStamp) {
        self.status = status
        reply.removeAll(keepingCapacity: true)
        stamp.appendReply(members: members.utf8, to: &reply)
        writes = Self.nothing
    }
}
