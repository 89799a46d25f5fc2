/// How many columns of a terminal `text` takes.
func displayWidth(_ text: String) -> Int {
    text.reduce(0) { $0 + displayWidth($1) }
}

/// 0 for marks and joiners alone, 2 for what East Asian terminals and emoji take twice the room for, else 1.
func displayWidth(_ character: Character) -> Int {
    if character.isASCII { return 1 }
    let widths = character.unicodeScalars.map { scalar in
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format: 0
        default: scalar.properties.isEmojiPresentation || isWide(scalar.value) ? 2 : 1
        }
    }
    // VARIATION SELECTOR-16 asks for the emoji form.
    let asksForEmoji = character.unicodeScalars.contains("\u{FE0F}")
    return asksForEmoji ? 2 : widths.max() ?? 0
}

/// Wide and full-width ranges of EastAsianWidth.txt (Unicode 16), neighbours joined.
private func isWide(_ value: UInt32) -> Bool {
    switch value {
    case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0xA4CF, 0xA960...0xA97F, 0xAC00...0xD7A3,
        0xF900...0xFAFF, 0xFE10...0xFE19, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x16FE0...0x18DFF, 0x1AFF0...0x1B2FF,
        0x1F200...0x1F265, 0x20000...0x3FFFD:
        true
    default: false
    }
}

/// The beginning of `text` that fits in `columns`, ended by `…` where something is cut.
func fitted(_ text: String, _ columns: Int) -> String {
    guard displayWidth(text) > columns else { return text }
    guard columns > 0 else { return "" }
    var width = 1
    let kept = text.prefix { character in
        width += displayWidth(character)
        return width <= columns
    }
    return kept + "…"
}
