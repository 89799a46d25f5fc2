/// Where a service accepts connections: `HOST:PORT`, an IPv6 address in brackets (RFC 3986, section 3.2.2).
public struct ListenAddress: Sendable, Hashable {
    /// A name or an IP address, without brackets. `0.0.0.0` and `::` stand for all of the machine's.
    public var host: String
    /// 0 for a free one.
    public var port: Int

    public init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// - Throws: `invalidArgument`.
    public init(parsing text: String) throws(PachError) {
        let mistake = PachError(
            .invalidArgument, "\(quoted(text)) is not an address to listen on",
            hint: "Write HOST:PORT, such as 127.0.0.1:PORT or [::1]:PORT.")
        guard let colon = text.lastIndex(of: ":") else { throw mistake }
        let number = text[text.index(after: colon)...]
        guard let port = UInt16(number) else {
            guard !number.isEmpty, number.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { throw mistake }
            throw PachError(
                .invalidArgument, "\(quoted(text)) is not an address to listen on: there is no port \(number)",
                hint: "A port is a number up to \(UInt16.max); 0 takes any free one.")
        }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            throw mistake
        }
        guard !host.isEmpty else { throw mistake }
        self.init(host: String(host), port: Int(port))
    }

    /// The host as it stands in URLs and in the header `Host`: an IPv6 address in brackets.
    public var hostInURL: String { host.contains(":") ? "[\(host)]" : host }

    /// - Parameter port: the one that was taken where any free one was asked for.
    public func url(port: Int) -> String { "http://\(hostInURL):\(port)" }
}

extension ListenAddress: CustomStringConvertible {
    public var description: String { "\(hostInURL):\(port)" }
}
