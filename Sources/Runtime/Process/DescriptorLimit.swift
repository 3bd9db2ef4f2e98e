internal import CLinux
internal import Glibc

/// How many descriptors the process may have open: each connection is one, and the usual 1,024 are soon used up.
public enum DescriptorLimit {
    public static var current: Int {
        var limit = rlimit()
        guard clinux_get_descriptor_limit(&limit) == 0 else { return 0 }
        return Int(clamping: limit.rlim_cur)
    }

    /// Raises the limit to `wanted`, or as far as the process may: to the hard limit, which root can raise as well.
    /// Never lowers it.
    ///
    /// Children inherit it. Programs that use `select` break above 1,024; none of Turnstile's does.
    ///
    /// - Returns: the limit that holds now, for the caller to judge.
    @discardableResult
    public static func raise(to wanted: Int) -> Int {
        var limit = rlimit()
        guard clinux_get_descriptor_limit(&limit) == 0 else { return 0 }
        let wanted = rlim_t(clamping: wanted)
        if limit.rlim_cur >= wanted { return current }
        var more = limit
        more.rlim_cur = wanted
        more.rlim_max = max(limit.rlim_max, wanted)
        if clinux_set_descriptor_limit(&more) != 0 {
            limit.rlim_cur = min(wanted, limit.rlim_max)
            _ = clinux_set_descriptor_limit(&limit)
        }
        return current
    }
}
