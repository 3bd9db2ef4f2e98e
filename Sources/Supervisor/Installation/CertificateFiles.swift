public import Runtime

/// The gateway's certificate and key, looked at before anything is started. What only a TLS library can tell, such as
/// whether one belongs to the other, nginx says itself.
public enum CertificateFiles {
    public static func check(_ section: GatewaySection) throws(SetupError) {
        guard section.certificate.isEmpty == section.key.isEmpty else {
            throw SetupError("gateway.certificate and gateway.key belong together: set both, or neither")
        }
        guard !section.certificate.isEmpty else { return }
        try check(section.certificate, as: "gateway.certificate")
        try check(section.key, as: "gateway.key")
    }

    private static func check(_ path: String, as setting: String) throws(SetupError) {
        let text: String
        do throws(SetupError) { text = try Files.read(path) } catch { throw SetupError("\(setting): \(error)") }
        guard text.contains("-----BEGIN ") else { throw SetupError("\(setting): \(path) is not in PEM") }
    }
}
