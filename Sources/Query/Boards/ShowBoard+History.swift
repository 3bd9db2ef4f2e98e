internal import Ticketing
internal import Wire

extension ShowBoard {
    /// What has happened to places in stored changes, and how they stand now.
    ///
    /// The changes name what the rule book says of places. How many waited for a tier before the first of them is not
    /// known: where the line has changed, all that is free in the tier is told, and what it was is taken to be what it
    /// is not now. What places have become is certain.
    func frame(of lines: ArraySlice<MergedLine>, after version: UInt64) -> Frame {
        var befores: [UInt32: PlaceStatus] = [:]
        var queues: Set<Int> = []
        var isCancellation = false
        for merged in lines {
            for change in merged.line.changes {
                switch change {
                case .places(let list, let from, _):
                    for number in list where number >= 1 && number <= layout.placeCount && befores[number] == nil {
                        befores[number] = from
                    }
                case .line(let tier, _): if tier >= 0 && tier < layout.tierCount { queues.insert(tier) }
                case .added: break
                case .cancelled: isCancellation = true
                }
            }
        }
        for tier in queues {
            for range in layout.placesByTier[tier] {
                for place in range where befores[UInt32(place + 1)] == nil && isFree(place) {
                    befores[UInt32(place + 1)] = .free
                }
            }
        }
        let places = befores.sorted { $0.key < $1.key }.map { number, status in
            let place = Int(number) - 1
            let tier = layout.tier(of: place)
            let wasWaitedFor = isWaitedFor(tier: tier) != queues.contains(tier)
            let from = status == .free && wasWaitedFor ? PlaceStatus.held : status
            return Frame.Place(number: number, from: from.rawValue, to: letter(of: place))
        }
        return Frame(
            base: version, version: lines.last?.line.version ?? version, places: places,
            isCancellation: isCancellation)
    }
}
