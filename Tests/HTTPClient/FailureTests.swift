internal import HTTPClient
internal import Runtime
internal import TestSupport
internal import Testing

/// Each way in which there is no answer, and whether the server may have got the request.
@Suite struct FailureTests {
    private func options(_ change: (inout HTTPClient.Options) -> Void) -> HTTPClient.Options {
        var options = HTTPClient.Options()
        change(&options)
        return options
    }

    @Test func nobodyIsThere() async throws {
        try await withClient(script: { _ in }) { client, server throws in
            let url = server.url()
            server.stop()
            let error = try failure(client, HTTPCall(.post, url, body: [1]))
            #expect(error.code == .unreachable && !error.mayHaveArrived, "\(error)")
        }
    }

    @Test func theNameIsNotKnown() async throws {
        try await onThread {
            let client = try HTTPClient(options { $0.connectTimeout = .seconds(3) })
            defer { client.close() }
            let error = try failure(client, HTTPCall(.post, "http://nowhere.invalid/", body: [1]))
            // Where there is no resolver at all, the time limit comes first.
            #expect([.unreachable, .timeout].contains(error.code) && !error.mayHaveArrived, "\(error)")
        }
    }

    @Test func nothingComesBackInTime() async throws {
        try await withClient(script: { connection in
            _ = try connection.request()
            connection.untilEnded()
        }) { client, server throws in
            let call = HTTPCall(.post, server.url(), body: [1], timeout: .milliseconds(300))
            let error = try failure(client, call)
            #expect(error.code == .timeout && error.mayHaveArrived, "\(error)")
            #expect(client.underWay == 0)
        }
    }

    @Test func theHandshakeTakesTooLong() async throws {
        try await withClient(options { $0.connectTimeout = .milliseconds(300) }, script: { $0.untilEnded() }) {
            client, server throws in
            let error = try failure(client, HTTPCall(.post, server.url(scheme: "https"), body: [1]))
            #expect(error.code == .timeout && !error.mayHaveArrived, "\(error)")
        }
    }

    @Test(arguments: [true, false])
    func theHandshakeIsCut(byReset: Bool) async throws {
        try await withClient(script: { connection in
            _ = try connection.read(5)
            byReset ? connection.reset() : connection.close()
        }) { client, server throws in
            let error = try failure(client, HTTPCall(.post, server.url(scheme: "https"), body: [1]))
            #expect(error.code == .unreachable && !error.mayHaveArrived, "\(error)")
        }
    }

    @Test(
        arguments: [
            "", "HTTP/1.1 200 OK\r\nContent-Le", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", "garbage\r\n",
        ],
        [true, false])
    func theConnectionIsCutAfterTheRequest(answer: String, byReset: Bool) async throws {
        try await withClient(script: { connection in
            _ = try connection.request()
            connection.write(answer)
            byReset ? connection.reset() : connection.close()
        }) { client, server throws in
            let error = try failure(client, HTTPCall(.post, server.url(), body: [1]))
            #expect(error.code == .lost && error.mayHaveArrived, "\(error)")
        }
    }

    @Test func aCallThatLeftOnAKeptConnectionMayHaveArrived() async throws {
        // The kept connection dies with the request in it, and a new one is not to be had.
        let server = Lock<ScriptedServer?>(nil)
        try await withClient(script: { connection in
            _ = try connection.request()
            connection.answer(200)
            _ = try connection.request()
            let listener = server.withLock { $0 }
            listener?.refuse()
            connection.reset()
        }) { client, scripted in
            server.withLock { $0 = scripted }
            defer { server.withLock { $0 = nil } }
            #expect(try client.send(HTTPCall(.get, scripted.url())).status == 200)
            let error = try failure(client, HTTPCall(.post, scripted.url(), body: [1]))
            #expect(error.mayHaveArrived, "\(error)")
        }
    }

    @Test(arguments: [
        "HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n65\r\n" + String(repeating: "a", count: 101)
            + "\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\n\r\n" + String(repeating: "a", count: 101),
        "HTTP/1.1 200 OK\r\n"
            + String(repeating: "X-Long: " + String(repeating: "a", count: 1_000) + "\r\n", count: 70),
        "HTTP/1.1 200 OK\r\n" + String(repeating: "X-Many: a\r\n", count: 300) + "\r\n",
    ])
    func theAnswerIsTooLarge(answer: String) async throws {
        try await withClient(
            options { $0.answerBytes = 100 },
            script: { connection in
                _ = try connection.request()
                connection.write(answer)
                connection.untilEnded()
            }
        ) { client, server throws in
            let error = try failure(client, HTTPCall(.post, server.url(), body: [1]))
            #expect(error.code == .tooLarge && error.mayHaveArrived, "\(error)")
        }
    }

    @Test func theLargestAnswerIsTaken() async throws {
        try await withClient(
            options { $0.answerBytes = 100 },
            script: { connection in
                _ = try connection.request()
                connection.answer(200, String(repeating: "a", count: 100))
            }
        ) { client, server throws in
            #expect(try client.send(HTTPCall(.get, server.url())).body.count == 100)
        }
    }

    // MARK: The client's own bounds and end

    @Test func tooManyCallsAreRefused() async throws {
        let isAsked = Latch()
        let mayAnswer = Latch()
        try await withClient(
            options { $0.callsUnderWay = 1 },
            script: { connection in
                _ = try connection.request()
                isAsked.open()
                mayAnswer.wait()
                connection.answer(200)
            }
        ) { client, server throws in
            let url = server.url()
            let first = try OwnedThread(name: "first") { _ = try? client.send(HTTPCall(.get, url)) }
            defer { first.join() }
            defer { mayAnswer.open() }
            isAsked.wait()
            let error = try failure(client, HTTPCall(.get, url))
            #expect(error.code == .refused && !error.mayHaveArrived, "\(error)")
            mayAnswer.open()
            first.join()
            #expect(client.underWay == 0)
            #expect(try client.send(HTTPCall(.get, url)).status == 200)
        }
    }

    @Test func closingEndsEveryWait() async throws {
        let asked = Lock(0)
        try await withClient(script: { connection in
            _ = try connection.request()
            asked.withLock { $0 += 1 }
            connection.untilEnded()
        }) { client, server throws in
            let url = server.url()
            let errors = Lock<[HTTPCallError]>([])
            let threads = try (0..<5).map { _ in
                try OwnedThread(name: "waiting") {
                    do throws(HTTPCallError) { _ = try client.send(HTTPCall(.post, url, body: [1])) } catch {
                        errors.withLock { $0.append(error) }
                    }
                }
            }
            try wait { asked.withLock { $0 } == 5 }
            client.close()
            for thread in threads { thread.join() }
            let ends = errors.withLock { $0 }
            #expect(ends.count == 5 && ends.allSatisfy { $0.code == .refused && $0.mayHaveArrived })
            let late = try failure(client, HTTPCall(.get, url))
            #expect(late.code == .refused && !late.mayHaveArrived)
            client.close()
        }
    }
}
