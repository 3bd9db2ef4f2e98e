internal import FoundationEssentials

/// The passwords and keys that were made for one installation, kept in `secrets.json` (mode 600) between runs.
struct Secrets: Codable, Sendable {
    var postgresPassword: String
    var brokerPassword: String
    /// What the key that signs batches is made of, in hexadecimal; this and the next are nil in homes of earlier
    /// versions until `load` has made them.
    var signingSeed: String?
    /// What request ids are authenticated with.
    var requestKey: String?
    /// What the key that signs tickets' codes is made of.
    var ticketSeed: String?
    /// What the sandbox's customers show.
    var sandboxKey: String?
    /// What the sandbox signs what it tells with.
    var sandboxWebhookSecret: String?
    /// The demo tenant's keys, once they have been made.
    var demoKeys: RunFile.Keys?
    /// The demo tenant's event, once it has been planned.
    var demoEvent: DemoEvent?

    /// Reads the installation's secrets, and makes them on its first run.
    static func load(from home: Home) throws(SetupError) -> Secrets {
        guard Files.exists(home.secretsFile) else {
            guard !Files.exists(home.folder("postgres/data")) else {
                throw SetupError(
                    "\(home.secretsFile) is gone, and with it the passwords of the data that is there: restore it, or "
                        + "run Config/run --reset, which throws the data away")
            }
            var secrets = Secrets(postgresPassword: random(), brokerPassword: random())
            _ = secrets.complete()
            try secrets.save(to: home)
            return secrets
        }
        let text = try Files.read(home.secretsFile)
        do {
            var secrets = try JSONDecoder().decode(Secrets.self, from: Data(text.utf8))
            if secrets.complete() { try secrets.save(to: home) }
            return secrets
        } catch let error as SetupError {
            throw error
        } catch {
            throw SetupError(
                "\(home.secretsFile) cannot be understood (\(error)): restore it, or run Config/run --reset")
        }
    }

    /// Makes the keys that are missing.
    ///
    /// - Returns: whether there were any.
    private mutating func complete() -> Bool {
        var isChanged = false
        for key in [\Secrets.signingSeed, \.requestKey, \.ticketSeed, \.sandboxKey, \.sandboxWebhookSecret]
        where self[keyPath: key] == nil {
            self[keyPath: key] = Self.random(digits: 64)
            isChanged = true
        }
        return isChanged
    }

    func save(to home: Home) throws(SetupError) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        let data: Data
        do {
            data = try encoder.encode(self)
        } catch {
            throw SetupError("cannot encode secrets.json: \(error)")
        }
        try Files.write(String(decoding: data, as: UTF8.self) + "\n", to: home.secretsFile, mode: 0o600)
    }

    /// Random bits from the system's generator, four a digit, in characters that need no escape in a URL or a file.
    private static func random(digits: Int = 48) -> String {
        let alphabet = Array("0123456789abcdef")
        var generator = SystemRandomNumberGenerator()
        return String((0..<digits).map { _ in alphabet[Int.random(in: 0..<16, using: &generator)] })
    }
}
