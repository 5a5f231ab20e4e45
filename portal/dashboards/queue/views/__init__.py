"""The day at work: `day` is the queue itself, `walk_ins` takes in who comes without a
visit, `screens` makes displays and posters."""
