internal import Glibc
internal import Supervisor

/// Lines for the person at the terminal. What operators collect goes to the log instead.
enum Terminal {
    static func line(_ text: String) { write(text + "\n", to: STDOUT_FILENO) }

    /// What explains the output without being part of it.
    static func note(_ text: String) { write(text + "\n", to: STDERR_FILENO) }

    static func error(_ text: String) { write("error: \(text)\n", to: STDERR_FILENO) }

    /// Columns as wide as what stands in them.
    static func table(_ rows: [[String]]) {
        guard let first = rows.first else { return }
        let widths = first.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        for row in rows {
            let cells = row.enumerated().map { column, text in
                let isLast = column == row.count - 1
                return text + String(repeating: " ", count: isLast ? 0 : widths[column] - text.count)
            }
            line(cells.joined(separator: "  "))
        }
    }

    /// Ends what a reader of standard output waits for, and keeps the descriptor's number taken.
    static func closeOutput() {
        let null = open("/dev/null", O_WRONLY | O_CLOEXEC)
        if null >= 0 {
            dup2(null, STDOUT_FILENO)
            close(null)
        }
    }

    /// Writes all of it, or nothing more once the reader is gone.
    private static func write(_ text: String, to descriptor: Int32) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count > 0 {
                bytes = bytes.dropFirst(count)
            } else if errno != EINTR {
                return
            }
        }
    }
}

/// One line a step: `  postgres                     1.2 s`.
struct TerminalSteps: StepReporter {
    func step(_ name: String, took duration: Duration) {
        let tenths = Int((duration / .milliseconds(100)).rounded())
        let time = "\(tenths / 10).\(tenths % 10) s"
        let padding = String(repeating: " ", count: max(1, 44 - name.count - time.count))
        Terminal.line("  \(name)\(padding)\(time)")
    }
}
