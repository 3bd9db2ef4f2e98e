@main
enum Turnstile {
    static func main() {}
}
