import Foundation
import FuzzedParsers

// The entry points that libFuzzer's main function calls. Which parser is fuzzed is said by the environment: the arguments are libFuzzer's.

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

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    do {
        try waiting { try await target.parser.run(bytes, scratch: target.scratch) }
    } catch {
        fatalError("\(error)")
    }
    return 0
}
