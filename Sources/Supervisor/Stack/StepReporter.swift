/// Tells a person at the terminal how the start is going: one line a step, with its time.
public protocol StepReporter {
    func step(_ name: String, took duration: Duration)
}
