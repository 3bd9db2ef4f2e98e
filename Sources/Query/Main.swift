internal import API
internal import HTTPServer
internal import Payments
internal import Postgres
internal import Runtime

/// The read side of the HTTP face.
///
///     turnstile-query [--settings FILE]
@main
enum Main {
    static func main() {
        FaceProcess.run("turnstile-query", service: "query") { face in
            let section = face.settings[QuerySection.self]
            let service = try QueryService(
                QueryService.Parts(
                    control: face.control, replica: try replica(face, section), broker: face.broker,
                    tenants: try Tenants(face), maxStreams: section.maxStreams, memoryBound: section.memoryBound,
                    ticketKey: try face.ticketKey(), accessSeal: try AccessSeal(face.settings),
                    metrics: face.metrics, log: face.log, strangers: face.strangers))
            var door = face.door()
            door.addCommon(metrics: face.metrics) { service.complaints }
            door.addDescription()
            service.addRoutes(to: &door)
            let census = try Census(face.control, name: face.name, log: face.log) { [limiter = face.limiter] in
                limiter.share(among: $0)
            }
            // Whoever waits for something to happen is answered before the drain is over.
            face.shutdown.onRequest { _ in service.dismiss() }
            var streams = face.listener("streams", section.address, section.streamPort, door)
            streams.limits.connections = section.maxStreams + 64
            try face.serve([face.listener("query", section.address, section.port, door), streams]) {
                census.stop()
                service.stop()
            }
        }
    }

    /// The standby, with the patience that there is for the primary.
    private static func replica(_ face: FaceProcess, _ section: QuerySection) throws -> PostgresSettings? {
        guard let url = section.replicaURL else { return nil }
        var settings = try PostgresSettings(face.settings[PostgresSection.self], url: url.exposed)
        settings.applicationName = face.control.applicationName
        settings.connectTimeout = face.control.connectTimeout
        settings.statementTimeout = face.control.statementTimeout
        settings.lockTimeout = face.control.lockTimeout
        settings.responseTimeout = face.control.responseTimeout
        return settings
    }
}
