internal import Desk
internal import Ticketing

extension Form {
    /// The body of a command about this target; nil with problems noted. `node` is nil where there is no body at all.
    mutating func order(
        _ kind: DeskCommandKind, about target: DeskTarget, tenant: TenantId, body node: Int?, from source: BodySource
    ) -> DeskOrder? {
        self.source = source
        guard let node else {
            switch (kind, target) {
            case (.cancelTicket, .ticket(let id)): return .existing(.cancel(id))
            case (.resolveTicket, .ticket(let id)): return .existing(.resolve(id))
            default:
                problem(0, "a body is missing")
                return nil
            }
        }
        guard var body = object(node) else { return nil }
        let order: DeskOrder?
        switch (kind, target) {
        case (.requestAccount, .desk): order = requestAccount(&body).map { .request($0) }
        case (.accountReady, .desk): order = accountReady(&body).map { .existing(.accountReady(store: $0)) }
        case (.setSettings, .desk): order = settings(&body).map { .existing(.setSettings($0)) }
        case (.createTicket, .desk): order = ticketType(&body).map { .existing(.createTicket(class: $0)) }
        case (.validateEta, .desk):
            agrees(&body, tenant: tenant, slot: nil)
            order = ticketType(&body).map { .existing(.validateEta(class: $0)) }
        case (.allocateSlot, .slot(let slot)):
            agrees(&body, tenant: tenant, slot: slot)
            order = ticketType(&body).map { .existing(.allocateSlot(slot, class: $0)) }
        case (.cancelTicket, .ticket(let id)): order = .existing(.cancel(id))
        case (.resolveTicket, .ticket(let id)): order = .existing(.resolve(id))
        default:
            // No path and no line can ask for this.
            problem(node, "belongs to a command about something else")
            order = nil
        }
        finish(body)
        return problems.isEmpty ? order : nil
    }

    /// The body of a request that says itself what it is about.
    mutating func internalRequest(_ kind: InternalDeskRequest) -> (tenant: TenantId, order: DeskOrder)? {
        source = .request
        guard var body = object(0) else { return nil }
        let tenant: TenantId? = required("clientId", in: &body) { $0.id($1) }
        let kindOfTicket = ticketType(&body)
        let slot: DeskSlotId?
        switch kind {
        case .validateEta: slot = nil
        case .allocateSlot: slot = required("slotId", in: &body) { $0.owned($1, by: tenant) }
        }
        finish(body)
        guard problems.isEmpty, let tenant, let kindOfTicket else { return nil }
        if let slot { return (tenant, .existing(.allocateSlot(slot, class: kindOfTicket))) }
        return (tenant, .existing(.validateEta(class: kindOfTicket)))
    }

    /// What such a request said is decided already: here it only must not say something else.
    private mutating func agrees(_ body: inout Object, tenant: TenantId, slot: DeskSlotId?) {
        if let node = find("clientId", in: &body), let client: TenantId = id(node), client != tenant {
            problem(node, "must be the tenant's id")
        }
        guard let slot, let node = find("slotId", in: &body) else { return }
        if let other: DeskSlotId = owned(node, by: tenant), other != slot { problem(node, "must be the target") }
    }

    private mutating func deskName(_ node: Int, _ lengths: ClosedRange<Int>) -> DeskName? {
        text(node, lengths).map { DeskName($0) }
    }

    /// A class's name; which ones there are only the tenant's settings say.
    private mutating func ticketType(_ body: inout Object) -> DeskName? {
        required("ticketType", in: &body) { $0.deskName($1, 1...DeskBounds.nameBytes) }
    }

    /// Settings that are not given are those that each account begins with.
    private mutating func requestAccount(_ body: inout Object) -> RequestAccount? {
        let subDomain = required("subDomain", in: &body) { $0.deskName($1, 1...63) }
        var settings: DeskSettings? = DeskSettings()
        if let node = find("settings", in: &body) {
            settings = nil
            if var object = object(node) {
                settings = self.settings(&object)
                finish(object)
            }
        }
        guard let subDomain, let settings else { return nil }
        return RequestAccount(subDomain: subDomain, settings: settings)
    }

    private mutating func accountReady(_ body: inout Object) -> DeskName? {
        let store = required("store", in: &body) { $0.deskName($1, 1...DeskBounds.nameBytes) }
        guard source == .line else {
            problem(body.node, "no request makes an account ready")
            return nil
        }
        return store
    }

    private mutating func settings(_ body: inout Object) -> DeskSettings? {
        let classes = required("classes", in: &body) { form, node in
            form.array(node, 1...DeskBounds.classes) { $0.ticketClass($1) }
        }
        let minutesPerTicket = required("minutesPerTicket", in: &body) { $0.count($1, 1...DeskBounds.minutesPerTicket) }
        let agents = required("agents", in: &body) { $0.count($1, 1...DeskBounds.agents) }
        let placement = required("placement", in: &body) { $0.placement($1) }
        let seconds = optional("softAssignSeconds", in: &body) { $0.count($1, 1...DeskBounds.softAssignSeconds) }
        guard let classes, let minutesPerTicket, let agents, let placement else { return nil }
        return DeskSettings(
            classes: classes, minutesPerTicket: minutesPerTicket, agents: agents, placement: placement,
            softAssignSeconds: seconds ?? DeskSettings().softAssignSeconds)
    }

    private mutating func ticketClass(_ node: Int) -> DeskSettings.Class? {
        guard var object = object(node) else { return nil }
        let name = required("name", in: &object) { $0.title($1, 1...DeskBounds.nameBytes).map { DeskName($0) } }
        let minutes = required("minutes", in: &object) { $0.count($1, 1...DeskBounds.limitMinutes) }
        finish(object)
        guard let name, let minutes else { return nil }
        return DeskSettings.Class(name: name, minutes: minutes)
    }

    private mutating func placement(_ node: Int) -> DeskPlacement? {
        reading(node, otherwise: "must be one of earliest, deadline") { DeskPlacement($0) }
    }

    mutating func deskKind(_ node: Int) -> DeskCommandKind? {
        reading(node, otherwise: "is a kind of command that is not known") { DeskCommandKind($0) }
    }
}
