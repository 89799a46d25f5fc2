/// A number of bytes in powers of 1024, with four significant digits: `57.27KiB`, `108B` (go-units' `BytesSize`, `%.4g`).
func byteText(_ count: Int64) -> String {
    let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
    var scale: Int128 = 1
    var unit = 0
    while Int128(count) >= scale * 1024, unit < units.count - 1 {
        scale *= 1024
        unit += 1
    }
    let whole = Int128(count) / scale
    // Below 1024 there are one to four digits before the point.
    let decimals = max(0, 4 - String(whole).count)
    let power = (0..<decimals).reduce(Int128(1)) { result, _ in result * 10 }
    var (scaled, rest) = (Int128(count) * power).quotientAndRemainder(dividingBy: scale)
    if rest * 2 > scale || (rest * 2 == scale && scaled % 2 == 1) { scaled += 1 }
    var digits = String(scaled % power + power).dropFirst()
    while digits.last == "0" { digits.removeLast() }
    return "\(scaled / power)" + (digits.isEmpty ? "" : ".\(digits)") + units[unit]
}
