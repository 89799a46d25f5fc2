import Foundation
import FuzzedParsers

// Which parser is fuzzed is said by the environment: the arguments are libFuzzer's.

private let target: (parser: FuzzedParser, scratch: ScratchFiles) = {
    let name = ProcessInfo.processInfo.environment["PACH_FUZZ_PARSER"] ?? ""
    guard let parser = FuzzedParser.all.first(where: { $0.name == name }) else {
        fatalError("PACH_FUZZ_PARSER is to be one of \(FuzzedParser.all.map(\.name).joined(separator: ", "))")
    }
    do {
        return (parser, try ScratchFiles())
    } catch {
        fatalError("no room for scratch files: \(error)")
    }
}()

private func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    do {
        try waiting { try await target.parser.run(bytes, scratch: target.scratch) }
    } catch {
        fatalError("\(error)")
    }
    return 0
}

/// See <https://llvm.org/docs/LibFuzzer.html>, "Using libFuzzer as a library".
@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
    _ count: UnsafeMutablePointer<Int32>, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
    _ body: @convention(c) (UnsafePointer<UInt8>?, Int) -> Int32
) -> Int32

/// The main function: the package manager has the linker look for it by the module's name.
@_cdecl("fuzz_main")
public func main(_ count: Int32, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Int32 {
    var (count, arguments) = (count, arguments)
    return runDriver(&count, &arguments) { testOneInput($0, $1) }
}
