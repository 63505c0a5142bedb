/// All orders of some values.
package func permutations<Value>(_ values: [Value]) -> [[Value]] {
    if values.count < 2 { return [values] }
    return values.indices.flatMap { index in
        var rest = values
        let first = rest.remove(at: index)
        return permutations(rest).map { [first] + $0 }
    }
}
