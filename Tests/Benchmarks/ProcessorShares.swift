internal import Foundation
internal import Glibc
internal import Runtime
internal import TestSupport

/// Who used the cores during a run: where load generator, servers and programs share a machine, a rate alone does not
/// say which of them is in the way.
struct ProcessorShares {
    private let began = SystemTime().monotonic
    private let used: [Int32: (name: String, seconds: Double)] = Self.look()
    private let ended = Self.ofChildrenThatEnded()

    /// `postgres 0.61, wrk 0.40 …`: cores used since the start by processes of one name, the busiest first.
    /// - Parameter tool: the child of this process that did its work and ended in between.
    func report(_ tool: String) -> String {
        let took = (SystemTime().monotonic - began).seconds
        var shares = [tool: (Self.ofChildrenThatEnded() - ended) / took]
        for (process, now) in Self.look() {
            shares[now.name, default: 0] += (now.seconds - (used[process]?.seconds ?? 0)) / took
        }
        return shares.filter { $0.value >= 0.02 }.sorted { $0.value > $1.value }
            .map { "\($0.key) \(String(format: "%.2f", $0.value))" }.joined(separator: ", ")
    }

    private static func ofChildrenThatEnded() -> Double {
        var usage = rusage()
        guard getrusage(__rusage_who_t(RUSAGE_CHILDREN.rawValue), &usage) == 0 else { return 0 }
        return Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
            + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6
    }

    private static func look() -> [Int32: (name: String, seconds: Double)] {
        var all: [Int32: (name: String, seconds: Double)] = [:]
        for entry in (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? [] {
            guard let process = Int32(entry), let name = try? SmallFile.read("/proc/\(process)/comm", limit: 64),
                let seconds = try? ProcessLook.processorTime(of: process)
            else { continue }
            all[process] = (String(decoding: name, as: UTF8.self).filter { !$0.isNewline }, seconds)
        }
        return all
    }
}
