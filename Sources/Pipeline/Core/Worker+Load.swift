internal import Runtime
internal import Ticketing
internal import Wire

// How busy the lanes are, for whoever estimates what waiting for them comes to.
extension Worker {
    /// Tells of lanes that have decided something since they were last told of, or hold what is not answered; and once
    /// of those that have come to rest, so that nobody takes them for as fast as they were.
    func tellLoads(at now: MonotonicTime) {
        let duration = now - loadsToldAt
        for case let lane? in lanes where lane.epoch != 0 {
            let rate = lane.pace.look(after: duration)
            let head = lane.oldest
            let sequence = lane.committed.sequence - 1
            let isAtRest = head == nil && rate == 0
            guard head != nil || sequence != lane.told?.sequence || isAtRest && lane.told?.isAtRest != true else {
                continue
            }
            lane.told = (sequence, isAtRest)
            letters.tell(
                OwnerLoad(
                    partition: lane.number, epoch: lane.epoch, sequence: sequence, rate: min(rate, Int(Int32.max)),
                    headAgeMilliseconds: head.map { Int(clamping: (now - $0).milliseconds) } ?? 0,
                    at: lane.time(at: now)))
        }
        loadsToldAt = now
    }
}

extension Lane {
    /// Since when the oldest command that is not answered has been here.
    fileprivate var oldest: MonotonicTime? {
        items.all.first { !$0.isSettled }?.source.since ?? unread.first?.since
    }
}

extension Duration {
    /// Within what a line can say.
    fileprivate var milliseconds: Int64 { max(0, min(Int64(Int32.max), microseconds / 1_000)) }
}
