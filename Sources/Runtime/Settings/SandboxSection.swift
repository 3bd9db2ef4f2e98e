/// The section `sandbox`: the payment provider of our own, as itself and as those who ask it see it.
public struct SandboxSection: SettingsSection {
    public static let name = "sandbox"
    public static let documentation = "The payment provider for rehearsals and tests, which moves no money."

    public let url: String
    public let key: Secret?
    public let webhookURL: String
    /// The first is the newest.
    public let webhookSecrets: [Secret]
    public let port: Int
    public let address: String
    public let deliveries: Int
    public let deliveryTimeout: Duration
    public let retryFirst: Duration
    public let retryMost: Duration
    public let retryFor: Duration
    public let refundTime: Duration
    public let seed: Int
    public let late: Double
    public let lateBy: Duration
    public let duplicated: Double
    public let reordered: Double
    public let reorderedBy: Duration
    public let lost: Double
    public let wrongAmount: Double
    public let failing: Double
    public let failingRefunds: Double

    public init(_ read: SectionReader) {
        url = read.text(
            "url", default: "http://127.0.0.1:8108", length: 1...1_024, form: Self.web,
            "Where it is, for those who ask it and for buyers.")
        key = read.secret(
            "key",
            "What those who ask it show. Set by whoever starts the processes; without it, nobody can pay there.")
        webhookURL = read.text(
            "webhookURL", default: "http://127.0.0.1:8080/v1/webhooks/sandbox", length: 1...1_024, form: Self.web,
            "Where it tells what became of payments.")
        let secrets = read.secret(
            "webhookSecrets",
            """
            What it signs that with: one secret or, while it is changed, several with commas between them. It signs \
            with all of them, and any is believed. Set by whoever starts the processes.
            """)
        webhookSecrets = (secrets?.exposed ?? "").split { $0 == "," || $0 == " " }
            .map { Secret(String($0)) }
        port = read.integer("port", default: 8_108, in: 0...65_535, "Where it listens; 0: the system chooses.")
        address = read.text(
            "address", default: "127.0.0.1", length: 1...64, "The address that it listens on, in figures.")
        deliveries = read.integer(
            "deliveries", default: 16, in: 1...256, unit: "threads", "Messages that it delivers at once.")
        deliveryTimeout = read.duration(
            "deliveryTimeout", default: .seconds(10), in: .milliseconds(10) ... .seconds(60),
            "How long their receiver may take to answer.")
        retryFirst = read.duration(
            "retryFirst", default: .milliseconds(500), in: .milliseconds(1) ... .seconds(60),
            "The pause after a message was not taken; it doubles each time.")
        retryMost = read.duration(
            "retryMost", default: .seconds(300), in: .milliseconds(1) ... .seconds(3_600),
            "The longest pause before a message is sent again.")
        retryFor = read.duration(
            "retryFor", default: .seconds(3 * 86_400), in: .seconds(1) ... .seconds(30 * 86_400),
            "After so long a message that nobody takes is given up.")
        refundTime = read.duration(
            "refundTime", default: .zero, in: .zero ... .seconds(86_400), "How long a refund takes.")
        seed = read.integer(
            "seed", default: 1, in: 0...Int(Int32.max),
            "What goes wrong with a payment of the same key is the same under the same seed.")
        late = Self.share("late", read, "Of its messages, how many come late: from 0 for none to 1 for all.")
        lateBy = read.duration(
            "lateBy", default: .seconds(30), in: .zero ... .seconds(86_400), "How late they are at most.")
        duplicated = Self.share("duplicated", read, "Of its messages, how many come twice.")
        reordered = Self.share(
            "reordered", read, "Of its messages, how many wait for a later one about the same payment.")
        reorderedBy = read.duration(
            "reorderedBy", default: .seconds(2), in: .zero ... .seconds(86_400), "How long they wait at most.")
        lost = Self.share("lost", read, "Of its messages, how many never come: whoever asks finds out.")
        wrongAmount = Self.share("wrongAmount", read, "Of its payments, how many are paid with another amount.")
        failing = Self.share(
            "failing", read, "Of the requests of those who ask it, how many fail: half of these were done all the same."
        )
        failingRefunds = Self.share("failingRefunds", read, "Of its refunds, how many fail for good.")
    }

    private static func share(_ name: String, _ read: SectionReader, _ documentation: String) -> Double {
        read.real(name, default: 0, in: 0...1, documentation)
    }

    private static var web: (words: String, isGood: (String) -> Bool) {
        (
            words: "that is an http:// or https:// URL without a slash at its end",
            isGood: { $0.wholeMatch(of: #/https?:\/\/[^\/\s?#@]+(\/[^\s?#]*)?/#) != nil && !$0.hasSuffix("/") }
        )
    }
}
