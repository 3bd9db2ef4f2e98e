/// What is wrong with a body although its form is right, value by value.
struct Contradictions {
    private(set) var problems: [Problem] = []

    mutating func add(_ pointer: String, _ message: String) {
        guard problems.count < Malformed.most else { return }
        problems.append(Problem(pointer: pointer, message: message))
    }

    mutating func look<Name: Hashable>(forTwo names: [Name], _ pointer: String, _ member: String = "") {
        guard names.count > 1 else { return }
        var places: [Name: Int] = [:]
        for (place, name) in names.enumerated() {
            if let first = places[name] {
                add("\(pointer)\(place)\(member)", "is the same as \(pointer)\(first)\(member): each may be there once")
            } else {
                places[name] = place
            }
        }
    }
}
