// swift-tools-version: 6.2
// The tools version names the manifest's API; the language mode and the compiler are Swift 6.3's.
import PackageDescription

/// What every Swift target is compiled with: see "House rules" in README.md.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

func systemLibrary(_ name: String, pkgConfig: String? = nil, apt: String) -> Target {
    .systemLibrary(name: name, path: "Sources/System/\(name)", pkgConfig: pkgConfig, providers: [.apt([apt])])
}

func library(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, path: "Sources/\(name)", swiftSettings: strict)
}

func tests(_ name: String, of dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .testTarget(
        name: "\(name)Tests", dependencies: dependencies + ["TestSupport"], path: "Tests/\(name)",
        exclude: exclude, swiftSettings: strict)
}

let package = Package(
    name: "Turnstile",
    products: [
        .executable(name: "turnstile", targets: ["Turnstile"]),
        .executable(name: "turnstile-seats", targets: ["SeatsWorker"]),
        .executable(name: "turnstile-desk", targets: ["DeskWorker"]),
        .executable(name: "turnstile-payments", targets: ["PaymentsWorker"]),
        .executable(name: "turnstile-ingress", targets: ["Ingress"]),
        .executable(name: "turnstile-query", targets: ["Query"]),
        .executable(name: "turnstile-sandbox", targets: ["Sandbox"]),
    ],
    targets: [
        // C libraries: a module map and, where C is variadic or a macro, a shim.
        systemLibrary("CLinux", apt: "libc6-dev"),
        systemLibrary("CRabbitMQ", pkgConfig: "librabbitmq", apt: "librabbitmq-dev"),
        systemLibrary("CPostgres", pkgConfig: "libpq", apt: "libpq-dev"),
        systemLibrary("CMicrohttpd", pkgConfig: "libmicrohttpd", apt: "libmicrohttpd-dev"),
        systemLibrary("CSodium", pkgConfig: "libsodium", apt: "libsodium-dev"),
        systemLibrary("CZlib", pkgConfig: "zlib", apt: "zlib1g-dev"),
        systemLibrary("CCurl", pkgConfig: "libcurl", apt: "libcurl4-openssl-dev"),
        systemLibrary("CCrypto", pkgConfig: "libcrypto", apt: "libssl-dev"),
        systemLibrary("CQRencode", pkgConfig: "libqrencode", apt: "libqrencode-dev"),

        // The ground that every process stands on.
        library("Runtime", ["CLinux"]),

        // One typed wrapper per C library; they never import each other.
        library("RabbitMQ", ["Runtime", "CRabbitMQ"]),
        library("Postgres", ["Runtime", "CPostgres"]),
        library("HTTPServer", ["Runtime", "CMicrohttpd", "CZlib", "CLinux"]),
        library("Sealing", ["CSodium", "CCrypto"]),
        library("HTTPClient", ["Runtime", "CCurl"]),
        library("Certificates", ["CCrypto"]),
        library("QRCode", ["CQRencode", "CZlib"]),

        // What the databases look like, and who may use the installation.
        library("Schema", ["Postgres"]),
        library("Tenancy", ["Runtime", "Postgres", "RabbitMQ", "Sealing", "Ticketing", "Wire"]),

        // The rule book of the seats line: pure, on the standard library alone.
        library("Ticketing"),

        // The rule book of the desk line: as pure.
        library("Desk"),

        // Bytes <-> commands, decisions, replies and changes.
        library("Wire", ["Ticketing", "Desk", "Runtime"]),

        // Who takes the money: what a provider is asked and tells, and those that there are.
        library("Payments", ["Runtime", "Ticketing", "Wire", "Sealing", "HTTPClient", "Certificates"]),

        // From the queue to the commit: ownership, deciding, the journal; effects; replay.
        library("Pipeline", ["Runtime", "Ticketing", "Wire", "Sealing", "Postgres", "RabbitMQ"]),

        // What both HTTP faces have in common: keys, problems, request ids, routes and their description.
        library(
            "API",
            ["Runtime", "Ticketing", "Desk", "Wire", "HTTPServer", "Postgres", "RabbitMQ", "Sealing", "Tenancy"]),

        // What decisions want of payment providers, done; their messages, understood; the books, compared.
        library(
            "Cashier",
            ["Runtime", "Ticketing", "Wire", "Sealing", "Postgres", "RabbitMQ", "Pipeline", "Payments"]),

        // The desk line: tenants' commands, each to its own database.
        library(
            "DeskLine",
            [
                "Runtime", "Desk", "Ticketing", "Wire", "Sealing", "Postgres", "RabbitMQ", "Schema", "Tenancy",
                "Pipeline",
            ]),

        // What every worker's process is wired with.
        library("Workshop", ["Runtime", "HTTPServer"]),

        // The two HTTP faces: one takes commands, the other answers reads.
        .executableTarget(
            name: "Ingress",
            dependencies: [
                "Runtime", "Ticketing", "Desk", "Wire", "HTTPServer", "Postgres", "RabbitMQ", "Sealing", "Tenancy",
                "API", "Pipeline", "Payments", "Cashier",
            ],
            path: "Sources/Ingress", swiftSettings: strict),
        .executableTarget(
            name: "Query",
            dependencies: [
                "Runtime", "Ticketing", "Desk", "Wire", "HTTPServer", "Postgres", "RabbitMQ", "Sealing", "Tenancy",
                "API",
                "Pipeline", "QRCode", "Payments",
            ],
            path: "Sources/Query", swiftSettings: strict),

        // A payment provider of our own, for rehearsals and tests.
        .executableTarget(
            name: "Sandbox",
            dependencies: [
                "Runtime", "Ticketing", "Wire", "HTTPServer", "HTTPClient", "Postgres", "Sealing", "Payments",
            ],
            path: "Sources/Sandbox", swiftSettings: strict),

        // The pipeline in a seeded world of its own, and a second, plain rule book that checks every answer.
        library("Simulation", ["Runtime", "Ticketing", "Desk", "Wire", "Sealing", "Pipeline", "DeskLine"]),

        // Starting and keeping alive the processes of one installation.
        library("Supervisor", ["Runtime", "Postgres", "Schema", "Tenancy", "CLinux"]),

        // The command-line tool.
        .executableTarget(
            name: "Turnstile",
            dependencies: [
                "Runtime", "Supervisor", "Postgres", "RabbitMQ", "Tenancy", "Ticketing", "Wire", "Pipeline",
                "DeskLine", "Simulation", "Payments", "Cashier",
            ],
            path: "Sources/Turnstile",
            swiftSettings: strict),

        // The pools of workers: one executable each, of wiring alone.
        .executableTarget(
            name: "SeatsWorker",
            dependencies: ["Runtime", "Sealing", "Postgres", "RabbitMQ", "Pipeline", "Workshop"],
            path: "Workers/Seats", swiftSettings: strict),
        .executableTarget(
            name: "DeskWorker",
            dependencies: [
                "Runtime", "Sealing", "Postgres", "RabbitMQ", "Schema", "Tenancy", "Pipeline", "DeskLine", "Workshop",
            ],
            path: "Workers/Desk", swiftSettings: strict),
        .executableTarget(
            name: "PaymentsWorker",
            dependencies: ["Runtime", "Postgres", "RabbitMQ", "Pipeline", "Payments", "Cashier", "Workshop"],
            path: "Workers/Payments", swiftSettings: strict),

        // Tests: one folder per target; Faults kills and cuts real servers; Benchmarks is run by Config/bench.
        .target(
            name: "TestSupport",
            dependencies: [
                "Runtime", "Postgres", "RabbitMQ", "Supervisor", "Schema", "Sealing", "Ticketing", "Desk", "Wire",
                "Pipeline", "Tenancy", "HTTPServer", "API", "CLinux", "DeskLine",
            ],
            path: "Tests/Support", swiftSettings: strict),
        .target(
            name: "PipelineTestSupport", dependencies: ["Pipeline", "Ticketing", "Wire", "Sealing", "Runtime"],
            path: "Tests/PipelineSupport", swiftSettings: strict),
        tests("Runtime", of: ["Runtime"]),
        tests("RabbitMQ", of: ["RabbitMQ", "Runtime"]),
        tests("Postgres", of: ["Postgres", "Runtime"]),
        tests("HTTPServer", of: ["HTTPServer", "Runtime"]),
        tests("HTTPClient", of: ["HTTPClient", "HTTPServer", "Runtime"]),
        tests("Sealing", of: ["Sealing"]),
        tests("Certificates", of: ["Certificates"]),
        tests("QRCode", of: ["QRCode"]),
        tests("Schema", of: ["Schema", "Postgres", "Runtime"]),
        tests("Tenancy", of: ["Tenancy", "Schema", "Sealing", "Postgres", "RabbitMQ", "Runtime", "Ticketing", "Wire"]),
        tests(
            "API",
            of: [
                "API", "Runtime", "HTTPServer", "Wire", "Ticketing", "Desk", "Tenancy", "Schema", "Postgres", "Sealing",
                "Pipeline", "Simulation",
            ]),
        tests(
            "Ingress",
            of: [
                "Ingress", "API", "Runtime", "HTTPServer", "Wire", "Ticketing", "Desk", "Pipeline", "Postgres",
                "RabbitMQ", "Schema", "Sealing", "Tenancy", "Payments", "DeskLine",
            ]),
        tests(
            "Query",
            of: [
                "Query", "API", "Runtime", "HTTPServer", "Wire", "Ticketing", "Desk", "Pipeline", "Postgres",
                "RabbitMQ",
                "Sealing", "Tenancy", "Payments",
            ]),
        tests(
            "Sandbox",
            of: [
                "Sandbox", "Payments", "Runtime", "Ticketing", "Wire", "HTTPServer", "HTTPClient", "Postgres",
                "Sealing",
            ]),
        tests(
            "Cashier",
            of: [
                "Cashier", "Payments", "HTTPClient", "Runtime", "Pipeline", "Postgres", "Schema", "Sealing",
                "Ticketing", "Wire",
            ]),
        tests("Ticketing", of: ["Ticketing", "Simulation"]),
        tests(
            "DeskLine",
            of: [
                "DeskLine", "Desk", "Postgres", "Pipeline", "Runtime", "Schema", "Sealing", "Simulation", "Tenancy",
                "Ticketing", "Wire",
            ]),
        tests("Desk", of: ["Desk"]),
        tests("Wire", of: ["Wire", "Ticketing", "Desk"]),
        tests(
            "Payments",
            of: ["Payments", "HTTPClient", "HTTPServer", "Certificates", "Sealing", "Wire", "Ticketing", "Runtime"]),
        tests("Supervisor", of: ["Supervisor", "Runtime", "Wire", "Ticketing"]),
        tests(
            "Pipeline",
            of: [
                "Pipeline", "Ticketing", "Wire", "Sealing", "Schema", "Postgres", "RabbitMQ", "Runtime",
                "PipelineTestSupport",
            ], exclude: ["Replay/Golden"]),
        tests(
            "Simulation",
            of: [
                "Simulation", "Pipeline", "PipelineTestSupport", "Ticketing", "Sealing", "RabbitMQ", "Runtime", "Wire",
                "Desk", "DeskLine",
            ]),
        tests(
            "Faults",
            of: [
                "RabbitMQ", "Postgres", "HTTPServer", "HTTPClient", "Runtime", "Ticketing", "Desk", "Wire", "Pipeline",
                "DeskLine", "Cashier", "Payments",
            ]),
        tests("Integration", of: ["Runtime", "Supervisor", "Postgres", "Schema"]),
        tests("HouseRules", of: []),
        .executableTarget(
            name: "Benchmarks",
            dependencies: [
                "RabbitMQ", "Postgres", "HTTPServer", "Runtime", "Ticketing", "Wire", "Sealing", "Pipeline", "Schema",
                "Tenancy", "Payments", "Desk", "CRabbitMQ", "CLinux", "TestSupport", "PipelineTestSupport",
            ],
            path: "Tests/Benchmarks", swiftSettings: strict),
    ]
)
