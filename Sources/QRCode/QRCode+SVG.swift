extension QRCode {
    /// A picture of any size: one unit a module.
    public func svg() -> [UInt8] {
        let full = fullSize
        var text = """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(full) \(full)" shape-rendering="crispEdges">\
            <path fill="#fff" d="M0 0h\(full)v\(full)H0z"/><path d="
            """
        for row in 0..<size {
            var column = 0
            while column < size {
                guard isDark(row: row, column: column) else {
                    column += 1
                    continue
                }
                var end = column + 1
                while isDark(row: row, column: end) { end += 1 }
                text += "M\(column + Self.quiet) \(row + Self.quiet)h\(end - column)v1h-\(end - column)z"
                column = end
            }
        }
        text += "\"/></svg>\n"
        return Array(text.utf8)
    }
}
