/// Numbers of bytes or of things.
public enum Amount {
    /// What anything can have: any few of these have a sum.
    public static let range: ClosedRange<Int64> = 0...1 << 60
}
