internal import Runtime
internal import Supervisor

extension Arguments {
    /// The settings as the installation's processes have them: where providers and stores are, and what they are asked
    /// with.
    func installationSettings() throws -> Settings {
        let generated = home.generated("turnstile.json5")
        let file = Files.exists(generated) ? generated : "\(configFolder)/turnstile.json5"
        var environment = ProcessEnvironment.current
        if let sandbox = try RunFile.read(of: home)?.sandbox {
            environment.merge(try Stack.sandboxEnvironment(of: home, url: sandbox)) { own, _ in own }
        }
        return try Settings.load(
            file: Files.exists(file) ? file : nil, environment: environment,
            sections: StandardSections.all, others: .passedOver)
    }
}
