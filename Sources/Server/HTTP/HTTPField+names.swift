import HTTPTypes
import Web

extension HTTPField.Name {
    static let idempotencyKey = constant("Idempotency-Key")
    static let lastEventID = constant("Last-Event-ID")
}
