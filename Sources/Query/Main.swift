internal import API
internal import Runtime

/// Answers reads over HTTP.
///
///     turnstile-query [--settings FILE]
@main
enum Main {
    static func main() {
        FaceProcess.run("turnstile-query", service: "query") { face in
            let section = face.settings[QuerySection.self]
            var door = face.door()
            door.addCommon(metrics: face.metrics) { [] }
            try face.serve([face.listener("query", section.address, section.port, door)]) {}
        }
    }
}
