internal import API
internal import Runtime

/// Takes commands over HTTP.
///
///     turnstile-ingress [--settings FILE]
@main
enum Main {
    static func main() {
        FaceProcess.run("turnstile-ingress", service: "ingress") { face in
            let section = face.settings[IngressSection.self]
            let ingress = try Ingress(face)
            var door = face.door()
            door.addCommon(metrics: face.metrics) { ingress.complaints }
            door.addDescription()
            ingress.addRoutes(to: &door)
            try ingress.start(face)
            try face.serve([face.listener("ingress", section.address, section.port, door)]) { ingress.stop() }
        }
    }
}
