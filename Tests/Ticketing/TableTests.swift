import Testing

@testable import Simulation
@testable import Ticketing

@Suite("Tables, heaps and bit rows against plain ones")
struct TableTests {
    struct Record: Keyed, Hashable {
        let key: Int
        var value: Int
    }

    @Test("A table finds what a dictionary finds, through growth, removal and reuse", arguments: [1, 2, 3] as [UInt64])
    func table(seed: UInt64) {
        var random = Seeded(seed)
        var table = Table<Record>()
        var plain: [Int: Int] = [:]
        for step in 0..<20_000 {
            let key = random.number(0...600)
            if let slot = table.slot(of: key) {
                #expect(table[slot].value == plain[key])
                if random.chance(60) {
                    table.remove(slot)
                    plain[key] = nil
                }
            } else {
                #expect(plain[key] == nil)
                _ = table.insert(Record(key: key, value: step))
                plain[key] = step
            }
            #expect(table.count == plain.count)
        }
        #expect(table.sortedSlots.map { table[$0].key } == plain.keys.sorted())
    }

    @Test("A heap gives what is due in order of time and tie, wherever entries were moved or taken out")
    func heap() {
        var random = Seeded(5)
        var heap = DueHeap<Int>()
        var plain: [Slot: Time] = [:]
        for _ in 0..<20_000 {
            let slot = Slot(random.number(0...200))
            if random.chance(70) {
                let time = Time(microseconds: Int64(random.number(0...50)))
                heap.set(slot, due: time, tie: Int(slot))
                plain[slot] = time
            } else {
                heap.remove(slot)
                plain[slot] = nil
            }
            let least = plain.min { ($0.value, $0.key) < ($1.value, $1.key) }
            #expect(heap.first?.slot == least?.key && heap.first?.time == least?.value)
            #expect(heap.count == plain.count)
        }
    }

    @Test("Bit rows find the next set and the next clear bit, across words and summaries")
    func bits() {
        var random = Seeded(9)
        let width = 9_000
        var bits = BitRows(rows: 2, width: width)
        var plain = [Bool](repeating: false, count: width)
        for step in 0..<4_000 {
            // Long empty and long full stretches both have to occur.
            let start = random.number(0...width - 1)
            let isOn = random.chance(step < 2_000 ? 20 : 70)
            for position in start..<min(width, start + random.number(1...150)) {
                if isOn { bits.insert(position, row: 1) } else { bits.remove(position, row: 1) }
                plain[position] = isOn
            }
            let from = random.number(0...width - 1)
            let limit = random.number(from...width)
            #expect(bits.next(from: from, below: limit, row: 1) == (from..<limit).first { plain[$0] })
            #expect(
                bits.nextClear(from: from, below: limit, row: 1) == ((from..<limit).first { !plain[$0] } ?? limit))
        }
        #expect(bits.next(from: 0, below: width, row: 0) == nil)
    }

    @Test("A line knows every position, while people leave from anywhere in it")
    func line() {
        var random = Seeded(3)
        var line = Line()
        var plain: [(slot: Slot, order: UInt64)] = []
        for step in 0..<5_000 {
            if plain.isEmpty || random.chance(step < 3_000 ? 55 : 40) {
                plain.append((Slot(step), UInt64(step * 3)))
                line.append(Slot(step), order: UInt64(step * 3))
            } else {
                let gone = plain.remove(at: random.number(0...plain.count - 1))
                line.remove(order: gone.order)
            }
            #expect(line.count == plain.count)
            if let last = plain.indices.last {
                let index = random.number(0...last)
                #expect(line[index + 1] == plain[index].slot)
                #expect(line.position(order: plain[index].order) == index + 1)
            }
        }
    }

    @Test("What is first in is first out, one by one and as long as it may go")
    func fifo() {
        var (fifo, model) = (Fifo<Int>(), [Int]())
        var random = Seeded(7)
        for number in 0..<5_000 {
            fifo.append(number)
            model.append(number)
            switch random.number(0...7) {
            case 0:
                fifo.removeFirst()
                model.removeFirst()
            case 1:
                // Now and then everything, or nothing.
                let end = model[0] + random.number(-5...35)
                fifo.removeFirst { $0 < end }
                model.removeFirst(model.prefix { $0 < end }.count)
            default: break
            }
            #expect(fifo.count == model.count && fifo.first == model.first && fifo.all.elementsEqual(model))
        }
    }

    @Test("Lists of places are equal when their places are, and know whether they are neighbours")
    func placeLists() {
        #expect(PlaceList([7, 5, 6]) == PlaceList(from: 5, count: 3))
        #expect(PlaceList([7, 5, 6]).isContiguous)
        #expect(Array(PlaceList([9, 5, 6])) == [5, 6, 9])
        #expect(!PlaceList([9, 5, 6]).isContiguous)
        #expect(PlaceList([]) == PlaceList(from: 8, count: 0))
    }

    @Test("Labels are equal when their bytes are, whatever Unicode thinks")
    func labels() {
        #expect("é" == "e\u{301}")
        #expect(Label("é") != Label("e\u{301}"))
        #expect(Label("ann") == Label("ann"))
        #expect(Label("b") > Label("a") && Label("ab") > Label("a"))
    }

    @Test("Currencies are three capital letters")
    func currencies() {
        for code in ["", "EU", "EURO", "eur", "EU1", "€"] { #expect(Currency(code) == nil) }
        #expect(Currency("EUR")?.description == "EUR")
    }

    @Test("Times stop at the end instead of overflowing")
    func times() {
        #expect(Time(microseconds: 5) + Seconds(.max) == .never)
        #expect(Time(microseconds: .max) + 1 == .never)
        #expect(Time(microseconds: 0) + 2 == Time(microseconds: 2_000_000))
    }
}
