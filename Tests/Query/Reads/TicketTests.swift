import API
import Glibc
import Postgres
import Sealing
import TestSupport
import Testing
import Ticketing
import Wire

@testable import Query

extension ServedTests {
    @Suite struct TicketTests {
        /// What a gate does that has never heard of the installation but by its public keys.
        @Test func aGateChecksATicketOffline() async throws {
            try await QueryScene.with { scene in
                try scene.serve { server, producer in
                    let story = Story(producer)
                    let event = try story.createEvent(1)
                    let booked = try story.book(event, "Floor/B/4", "Standing/2")
                    let id = booked["bookingId"].text ?? ""
                    let tickets = try server.json("/v1/bookings/\(id)")["tickets"].list
                    #expect(tickets.count == 2)
                    let keys = try JSON(server.get("/v1/keys", key: "none").body)["keys"]
                    #expect(keys[0]["alg"].text == "Ed25519" && keys[0]["kty"].text == "OKP")
                    #expect(keys[0]["x"] == keys[0]["publicKey"])
                    // What decisions are signed with is there as well.
                    let signers = try scene.seats.withConnection {
                        try $0.query("SELECT public_key FROM signing_key").values(of: [UInt8].self)
                    }
                    let others = try keys.list.dropFirst().map { try #require(Base64.decode($0["x"].text ?? "")) }
                    #expect(!signers.isEmpty && Set(signers).subtracting(others).isEmpty)
                    let bytes = try #require(Base64.decode(keys[0]["publicKey"].text ?? ""))
                    let key = try VerifyingKey(bytes)
                    #expect(key.keyId == keys[0]["kid"].text)
                    for (ticket, place) in zip(tickets, [9, 15] as [UInt32]) {
                        let ticketId = ticket["ticketId"].text ?? ""
                        let svg = try server.get("/v1/tickets/\(ticketId)/qr.svg")
                        #expect(svg["Content-Type"] == "image/svg+xml" && svg.text.hasPrefix("<svg "))
                        let png = try server.get("/v1/tickets/\(ticketId)/qr.png")
                        #expect(png["Content-Type"] == "image/png")
                        let text = try scanned(png.body)
                        #expect(text == ticket["code"].text)
                        let code = try #require(key.read(text))
                        #expect(code.ticket.text == ticketId && code.show == 1 && code.place == place)
                    }
                }
            }
        }

        private func scanned(_ picture: [UInt8]) throws -> String {
            let folder = try TemporaryFolder("ticket")
            let path = folder.file("code.png")
            guard let file = fopen(path, "w") else { throw Failure(description: "cannot write \(path)") }
            fwrite(picture, 1, picture.count, file)
            fclose(file)
            let outcome = try Tool.run(
                "/usr/bin/env", ["zbarimg", "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", path])
            guard outcome.code == 0 else { throw Failure(description: "zbarimg: \(outcome.error)") }
            return String(outcome.output.prefix { $0 != "\n" })
        }

        struct Failure: Error, CustomStringConvertible {
            let description: String
        }
    }
}
