"""对接: other people's servers are told what happens here. What they make of it is theirs."""
