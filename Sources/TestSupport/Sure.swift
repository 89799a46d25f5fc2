/// A value that a test writes down itself, so that it is known to be right.
public func sure<Value>(_ make: () throws -> Value) -> Value {
    do { return try make() } catch { preconditionFailure("a test's own value is not right: \(error)") }
}
