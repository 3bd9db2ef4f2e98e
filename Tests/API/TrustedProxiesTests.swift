import Testing

@testable import API

@Suite struct TrustedProxiesTests {
    private let proxies = TrustedProxies("127.0.0.1, ::1,10.0.0.7")

    @Test(arguments: [
        ("127.0.0.1", "192.0.2.1", "192.0.2.1"),
        // Only the last name was written by our gateway.
        ("127.0.0.1", "203.0.113.9, 192.0.2.1", "192.0.2.1"), ("10.0.0.7", "1.1.1.1,192.0.2.1 ", "192.0.2.1"),
        ("::1", "192.0.2.1", "192.0.2.1"), ("::1", "::ffff:192.0.2.1", "192.0.2.1"),
        // Of IPv6 a network is one.
        ("127.0.0.1", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("127.0.0.1", "2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("127.0.0.1", "2001:db8::", "2001:db8:0:0::/64"),
        // A gateway says it in figures.
        ("127.0.0.1", "elsewhere", "127.0.0.1"), ("127.0.0.1", "", "127.0.0.1"),
        ("127.0.0.1", "192.0.2.1:80", "127.0.0.1"),
        // Nobody else is believed.
        ("192.0.2.8", "192.0.2.1", "192.0.2.8"), ("10.0.0.8", "192.0.2.1", "10.0.0.8"),
        ("2001:db8:1:2::9", "192.0.2.1", "2001:db8:1:2::/64"), ("unknown", "192.0.2.1", "unknown"),
    ])
    func itIsFoundOutWhereARequestComesFrom(peer: String, forwarded: String, origin: String) {
        #expect(proxies.origin(peer: peer, forwarded: forwarded) == origin)
    }

    @Test func withoutAGatewaysWordItIsTheConnection() {
        #expect(proxies.origin(peer: "127.0.0.1", forwarded: nil) == "127.0.0.1")
        #expect(TrustedProxies("").origin(peer: "127.0.0.1", forwarded: "192.0.2.1") == "127.0.0.1")
    }

    @Test func aListIsAddressesAndNothingElse() {
        for list in ["127.0.0.1", "::1, 10.0.0.1", " ::ffff:10.0.0.1"] { #expect(TrustedProxies.isList(list)) }
        for list in ["gateway", "127.0.0.1,", "127.0.0.1/8", "1.2.3", ""] { #expect(!TrustedProxies.isList(list)) }
    }
}
