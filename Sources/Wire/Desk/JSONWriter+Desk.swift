package import Desk
internal import Ticketing

// Bodies as `Form` reads them.
extension JSONWriter {
    mutating func body(_ order: DeskOrder) {
        beginObject()
        switch order {
        case .request(let request):
            field("subDomain", request.subDomain)
            if request.settings != DeskSettings() { object("settings") { $0.settings(request.settings) } }
        case .existing(let command):
            switch command {
            case .accountReady(let store): field("store", store)
            case .setSettings(let settings): self.settings(settings)
            case .createTicket(let kind), .validateEta(let kind), .allocateSlot(_, let kind): field("ticketType", kind)
            case .cancel, .resolve: break
            }
        }
        endObject()
    }

    /// All of them, those with a default, too: what is journaled stands whatever becomes of the defaults.
    package mutating func settings(_ settings: DeskSettings) {
        array("classes", settings.classes) { writer, kind in
            writer.beginObject()
            writer.field("name", kind.name)
            writer.field("minutes", kind.minutes)
            writer.endObject()
        }
        field("minutesPerTicket", settings.minutesPerTicket)
        field("agents", settings.agents)
        key("placement")
        word(settings.placement.word)
        field("softAssignSeconds", settings.softAssignSeconds)
    }

    package mutating func field(_ name: StaticString, _ text: DeskName) {
        key(name)
        string(text.text)
    }

    package mutating func field(_ name: StaticString, _ time: DeskTime) { field(name, Time(time)) }
}
