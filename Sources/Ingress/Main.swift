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
            var inside = face.door()
            inside.addDescription(of: Operation.internalOnly)
            ingress.addInternalRoutes(to: &inside)
            try ingress.start(face)
            try face.serve([
                face.listener("ingress", section.address, section.port, door),
                face.listener("internal", section.internalAddress, section.internalPort, inside, isPublic: false),
            ]) { ingress.stop() }
        }
    }
}
