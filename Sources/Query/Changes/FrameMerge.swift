/// Frames told as one. Pure.
struct FrameMerge {
    private var places: [UInt32: (from: UInt8, to: UInt8)] = [:]
    private var isCancellation = false

    mutating func add(_ frame: Frame) {
        isCancellation = isCancellation || frame.isCancellation
        for place in frame.places {
            places[place.number] = (places[place.number]?.from ?? place.from, place.to)
        }
    }

    func frame(base: UInt64, version: UInt64) -> Frame {
        Frame(
            base: base, version: version,
            places: places.sorted { $0.key < $1.key }.map {
                Frame.Place(number: $0.key, from: $0.value.from, to: $0.value.to)
            }, isCancellation: isCancellation)
    }
}
