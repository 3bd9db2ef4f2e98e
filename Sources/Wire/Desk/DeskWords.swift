package import Desk

// The words of API.md for what the desk's rule book numbers.

extension DeskPlacement {
    package var word: StaticString {
        switch self {
        case .earliest: "earliest"
        case .deadline: "deadline"
        }
    }

    init?(_ word: UnsafeRawBufferPointer) {
        if word.elementsEqual("earliest".utf8) {
            self = .earliest
        } else if word.elementsEqual("deadline".utf8) {
            self = .deadline
        } else {
            return nil
        }
    }
}

extension AccountStatus {
    package var word: StaticString {
        switch self {
        case .requested: "requested"
        case .active: "active"
        }
    }
}

extension TicketStatus {
    package var word: StaticString {
        switch self {
        case .held: "held"
        case .open: "open"
        case .working: "working"
        case .resolved: "resolved"
        case .cancelled: "cancelled"
        case .lapsed: "lapsed"
        }
    }
}
