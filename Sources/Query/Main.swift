internal import API
internal import HTTPServer
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
                    database: face.database, control: face.control, broker: face.broker, section: section,
                    ticketKey: try face.ticketKey(), metrics: face.metrics, log: face.log, strangers: face.strangers))
            var door = face.door()
            door.addCommon(metrics: face.metrics) { service.complaints }
            door.addDescription()
            service.addRoutes(to: &door)
            try face.serve([face.listener("query", section.address, section.port, door)]) { service.stop() }
        }
    }
}
