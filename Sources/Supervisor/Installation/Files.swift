internal import FoundationEssentials
internal import Glibc
internal import Runtime

/// Small file operations whose failures are one clear line.
public enum Files {
    static func makeFolder(_ path: String, mode: mode_t = 0o755, owner: Account? = nil) throws(SetupError) {
        let isNew = access(path, F_OK) != 0
        if isNew {
            do {
                try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            } catch {
                throw SetupError("cannot make the folder \(path): \(lastError())")
            }
        }
        // What is changed is the folder that was opened, not what a link of its name may point to by then.
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else { throw SetupError("\(path) is not a folder: \(lastError())") }
        defer { close(descriptor) }
        if let owner, fchown(descriptor, owner.user, owner.group) != 0 {
            throw SetupError("cannot give \(path) to the account “\(owner.name)”: \(lastError())")
        }
        if isNew, fchmod(descriptor, mode) != 0 {
            throw SetupError("cannot set the mode of \(path): \(lastError())")
        }
    }

    static func setMode(_ path: String, _ mode: mode_t) throws(SetupError) {
        guard chmod(path, mode) == 0 else { throw SetupError("cannot set the mode of \(path): \(lastError())") }
    }

    /// Writes the whole file beside its place and moves it there: a reader sees the old text or the new, never a part.
    static func write(
        _ text: String, to path: String, mode: mode_t = 0o644, owner: Account? = nil
    ) throws(SetupError) {
        let temporary = "\(path).new"
        unlink(temporary)
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw SetupError("cannot write \(path): \(lastError())") }
        var bytes = Array(text.utf8)[...]
        var failure: String?
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 {
                failure = lastError()
                break
            }
            bytes = bytes.dropFirst(count)
        }
        // The mode of `open` applies to new files only and passes the umask.
        if failure == nil, fchmod(descriptor, mode) != 0 { failure = lastError() }
        if failure == nil, let owner, fchown(descriptor, owner.user, owner.group) != 0 { failure = lastError() }
        if failure == nil, fsync(descriptor) != 0 { failure = lastError() }
        close(descriptor)
        if failure == nil, rename(temporary, path) != 0 { failure = lastError() }
        if let failure {
            unlink(temporary)
            throw SetupError("cannot write \(path): \(failure)")
        }
    }

    static func read(_ path: String) throws(SetupError) -> String {
        do throws(SmallFile.Failure) {
            return String(decoding: try SmallFile.read(path, limit: 1 << 20), as: UTF8.self)
        } catch {
            throw SetupError("\(path) \(error.reason)")
        }
    }

    /// Copies a file beside its new place and moves it there: whoever runs the old one goes on with it.
    static func copy(_ source: String, to path: String, mode: mode_t) throws(SetupError) {
        let temporary = "\(path).new"
        unlink(temporary)
        do {
            try FileManager.default.copyItem(atPath: source, toPath: temporary)
        } catch {
            throw SetupError("cannot copy \(source) to \(path): \(error)")
        }
        guard chmod(temporary, mode) == 0, rename(temporary, path) == 0 else {
            let failure = lastError()
            unlink(temporary)
            throw SetupError("cannot write \(path): \(failure)")
        }
    }

    static func names(in folder: String) throws(SetupError) -> [String] {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        } catch {
            throw SetupError("cannot look into \(folder): \(error)")
        }
    }

    static func removeTree(_ path: String) throws(SetupError) {
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch {
            throw SetupError("cannot remove \(path): \(error)")
        }
    }

    /// What a symbolic link says, nil where it cannot be read.
    static func target(ofLink path: String) -> String? {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink(path, &buffer, buffer.count)
        guard count > 0 else { return nil }
        return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    static func removeIfThere(_ path: String) { unlink(path) }

    static func removeIfEmpty(_ path: String) {
        var facts = stat()
        if lstat(path, &facts) == 0 && facts.st_size == 0 { unlink(path) }
    }

    public static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    private static func lastError() -> String { String(cString: strerror(errno)) }
}
