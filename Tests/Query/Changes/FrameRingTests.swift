import HTTPServer
import Runtime
import Testing

@testable import Query

@Suite struct FrameRingTests {
    private func entry(_ base: UInt64, _ version: UInt64, bytes: Int = 100) -> FrameRing.Entry {
        FrameRing.Entry(
            frame: Frame(base: base, version: version, places: [], isCancellation: false), event: .comment(),
            bytes: bytes)
    }

    private func versions(_ ring: FrameRing, _ version: UInt64) -> [UInt64]? {
        ring.entries(after: version)?.map(\.frame.version)
    }

    @Test func whoComesBackIsToldWhatWasMissed() {
        var ring = FrameRing(base: 5)
        #expect(ring.told == 5 && versions(ring, 5) == [])
        #expect(versions(ring, 4) == nil && versions(ring, 6) == nil)
        ring.append(entry(5, 8))
        ring.append(entry(8, 9))
        ring.append(entry(9, 20))
        #expect(ring.told == 20 && ring.base == 5)
        #expect(versions(ring, 5) == [8, 9, 20])
        #expect(versions(ring, 7) == [8, 9, 20], "within a frame")
        #expect(versions(ring, 8) == [9, 20])
        #expect(versions(ring, 12) == [20])
        #expect(versions(ring, 20) == [])
        #expect(versions(ring, 21) == nil && versions(ring, 4) == nil)
    }

    @Test func onlySoManyFramesAreKept() {
        var ring = FrameRing(base: 0)
        for version in 1...UInt64(FrameRing.mostFrames + 10) { ring.append(entry(version - 1, version)) }
        #expect(ring.base == 10 && ring.told == UInt64(FrameRing.mostFrames + 10))
        #expect(versions(ring, 9) == nil)
        #expect(versions(ring, 10)?.count == FrameRing.mostFrames)
    }

    @Test func onlySoManyBytesAreKept() {
        var ring = FrameRing(base: 0)
        for version in 1...9 as ClosedRange<UInt64> {
            ring.append(entry(version - 1, version, bytes: FrameRing.mostBytes / 4))
        }
        #expect(ring.base == 5 && ring.footprint <= FrameRing.mostBytes)
        // One that is larger than all that is kept is kept alone.
        ring.append(entry(9, 10, bytes: FrameRing.mostBytes * 2))
        #expect(versions(ring, 9) == [10] && ring.base == 9)
    }

    /// Whatever is done with the time at which somebody may be told something first.
    @Test func theFirstIsToldAtOnce() {
        let now = SystemTime().monotonic
        #expect(Audience().next <= now && Audience().next - now < .zero)
    }

    @Test func framesAreToldAsOne() {
        func place(_ number: UInt32, _ from: UInt8, _ to: UInt8) -> Frame.Place {
            Frame.Place(number: number, from: from, to: to)
        }
        var merge = FrameMerge()
        merge.add(Frame(base: 1, version: 2, places: [place(7, 1, 2), place(9, 1, 3)], isCancellation: false))
        merge.add(Frame(base: 2, version: 3, places: [place(2, 5, 6), place(7, 2, 1)], isCancellation: true))
        #expect(
            merge.frame(base: 1, version: 3)
                == Frame(
                    base: 1, version: 3, places: [place(2, 5, 6), place(7, 1, 1), place(9, 1, 3)],
                    isCancellation: true))
    }
}
