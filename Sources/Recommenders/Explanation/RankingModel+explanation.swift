extension RankingModel {
    /// Takes the score that an item is ranked by for a user apart. The user need not be known.
    ///
    /// - Throws: `.invalidOption` when the model does not know the item.
    public func explanation(user: String, item: String) throws(RecommenderError) -> Explanation {
        guard let itemNumber = items.number(of: item.utf8.span) else {
            throw RecommenderError(
                .invalidOption, "The model does not know the item '\(item)'", hint: "Name one that was trained on; no other is in a list.")
        }
        let userNumber = users.number(of: user.utf8.span)
        let parts: [PartOfSum]
        if let userNumber {
            let stride = Kernels.stride(of: items.count)
            var scores = [Float](repeating: 0, count: stride)
            ranker.score(userNumber..<userNumber + 1, into: &scores, stride: stride)
            parts = ranker.parts(of: scores[itemNumber], user: userNumber, item: itemNumber)
        } else {
            parts = [.users(likes[itemNumber])]
        }
        return Explanation(
            algorithm: type(of: algorithm).name, user: user, item: item, knowsUser: userNumber != nil, knowsItem: true,
            parts: parts.map { Explanation.Part($0, users: users, items: items) },
            fallback: userNumber == nil ? "for somebody unknown, items go by how many users have them" : nil,
            sum: parts.reduce(0) { $0 + $1.value }, seen: userNumber.map { seen[$0].contains(Int32(itemNumber)) } ?? false)
    }
}
