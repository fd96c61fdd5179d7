// operators that give one value.

static class query_single
{
    public static void first_of_some(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.First());
    public static void first_of_some_in_parallel(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.AsParallel().AsOrdered().First());
    public static void last_of_some(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.Last());
    public static void last_of_some_in_parallel(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.AsParallel().AsOrdered().Last());
    public static void single_of_some(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.Single());
    public static void single_of_some_in_parallel(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.AsParallel().AsOrdered().Single());
    public static void first_or_default_of_some(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.FirstOrDefault());
    public static void first_or_default_of_some_in_parallel(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.AsParallel().AsOrdered().FirstOrDefault());
    public static void last_or_default_of_some(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.LastOrDefault());
    public static void last_or_default_of_some_in_parallel(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.AsParallel().AsOrdered().LastOrDefault());
    public static void single_or_default_of_some(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.SingleOrDefault());
    public static void single_or_default_of_some_in_parallel(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.AsParallel().AsOrdered().SingleOrDefault());
    public static void any_of_some(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.Any());
    public static void any_of_some_in_parallel(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.AsParallel().AsOrdered().Any());
    public static void count_of_some(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.Count());
    public static void count_of_some_in_parallel(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.AsParallel().AsOrdered().Count());
    public static void sum_of_some(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.Sum());
    public static void sum_of_some_in_parallel(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.AsParallel().AsOrdered().Sum());
    public static void min_of_some(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.Min());
    public static void min_of_some_in_parallel(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.AsParallel().AsOrdered().Min());
    public static void max_of_some(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.Max());
    public static void max_of_some_in_parallel(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.AsParallel().AsOrdered().Max());
    public static void element_at_0_of_some(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.ElementAt(0));
    public static void element_at_0_of_some_in_parallel(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.AsParallel().AsOrdered().ElementAt(0));
    public static void element_at_or_default_0_of_some(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.ElementAtOrDefault(0));
    public static void element_at_or_default_0_of_some_in_parallel(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.AsParallel().AsOrdered().ElementAtOrDefault(0));
    public static void element_at_3_of_some(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.ElementAt(3));
    public static void element_at_3_of_some_in_parallel(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.AsParallel().AsOrdered().ElementAt(3));
    public static void element_at_or_default_3_of_some(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.ElementAtOrDefault(3));
    public static void element_at_or_default_3_of_some_in_parallel(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.AsParallel().AsOrdered().ElementAtOrDefault(3));
    public static void element_at_minus_1_of_some(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.ElementAt(-1));
    public static void element_at_minus_1_of_some_in_parallel(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.AsParallel().AsOrdered().ElementAt(-1));
    public static void element_at_or_default_minus_1_of_some(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.ElementAtOrDefault(-1));
    public static void element_at_or_default_minus_1_of_some_in_parallel(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.AsParallel().AsOrdered().ElementAtOrDefault(-1));
    public static void element_at_99_of_some(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.ElementAt(99));
    public static void element_at_99_of_some_in_parallel(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.AsParallel().AsOrdered().ElementAt(99));
    public static void element_at_or_default_99_of_some(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.ElementAtOrDefault(99));
    public static void element_at_or_default_99_of_some_in_parallel(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.AsParallel().AsOrdered().ElementAtOrDefault(99));
    public static void first_of_nothing(Recorder r) =>
        r.Gives("it", () => Enumerable.Empty<int>().First());
    public static void first_of_nothing_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Empty<int>().AsParallel().AsOrdered().First());
    public static void last_of_nothing(Recorder r) =>
        r.Gives("it", () => Enumerable.Empty<int>().Last());
    public static void last_of_nothing_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Empty<int>().AsParallel().AsOrdered().Last());
    public static void single_of_nothing(Recorder r) =>
        r.Gives("it", () => Enumerable.Empty<int>().Single());
    public static void single_of_nothing_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Empty<int>().AsParallel().AsOrdered().Single());
    public static void first_or_default_of_nothing(Recorder r) =>
        r.Gives("it", () => Enumerable.Empty<int>().FirstOrDefault());
    public static void first_or_default_of_nothing_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Empty<int>().AsParallel().AsOrdered().FirstOrDefault());
    public static void last_or_default_of_nothing(Recorder r) =>
        r.Gives("it", () => Enumerable.Empty<int>().LastOrDefault());
    public static void last_or_default_of_nothing_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Empty<int>().AsParallel().AsOrdered().LastOrDefault());
    public static void single_or_default_of_nothing(Recorder r) =>
        r.Gives("it", () => Enumerable.Empty<int>().SingleOrDefault());
    public static void single_or_default_of_nothing_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Empty<int>().AsParallel().AsOrdered().SingleOrDefault());
    public static void any_of_nothing(Recorder r) =>
        r.Gives("it", () => Enumerable.Empty<int>().Any());
    public static void any_of_nothing_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Empty<int>().AsParallel().AsOrdered().Any());
    public static void count_of_nothing(Recorder r) =>
        r.Gives("it", () => Enumerable.Empty<int>().Count());
    public static void count_of_nothing_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Empty<int>().AsParallel().AsOrdered().Count());
    public static void sum_of_nothing(Recorder r) =>
        r.Gives("it", () => Enumerable.Empty<int>().Sum());
    public static void sum_of_nothing_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Empty<int>().AsParallel().AsOrdered().Sum());
    public static void min_of_nothing(Recorder r) =>
        r.Gives("it", () => Enumerable.Empty<int>().Min());
    public static void min_of_nothing_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Empty<int>().AsParallel().AsOrdered().Min());
    public static void max_of_nothing(Recorder r) =>
        r.Gives("it", () => Enumerable.Empty<int>().Max());
    public static void max_of_nothing_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Empty<int>().AsParallel().AsOrdered().Max());
    public static void element_at_0_of_nothing(Recorder r) =>
        r.Gives("it", () => Enumerable.Empty<int>().ElementAt(0));
    public static void element_at_0_of_nothing_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Empty<int>().AsParallel().AsOrdered().ElementAt(0));
    public static void element_at_or_default_0_of_nothing(Recorder r) =>
        r.Gives("it", () => Enumerable.Empty<int>().ElementAtOrDefault(0));
    public static void element_at_or_default_0_of_nothing_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Empty<int>().AsParallel().AsOrdered().ElementAtOrDefault(0));
    public static void element_at_3_of_nothing(Recorder r) =>
        r.Gives("it", () => Enumerable.Empty<int>().ElementAt(3));
    public static void element_at_3_of_nothing_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Empty<int>().AsParallel().AsOrdered().ElementAt(3));
    public static void element_at_or_default_3_of_nothing(Recorder r) =>
        r.Gives("it", () => Enumerable.Empty<int>().ElementAtOrDefault(3));
    public static void element_at_or_default_3_of_nothing_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Empty<int>().AsParallel().AsOrdered().ElementAtOrDefault(3));
    public static void element_at_minus_1_of_nothing(Recorder r) =>
        r.Gives("it", () => Enumerable.Empty<int>().ElementAt(-1));
    public static void element_at_minus_1_of_nothing_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Empty<int>().AsParallel().AsOrdered().ElementAt(-1));
    public static void element_at_or_default_minus_1_of_nothing(Recorder r) =>
        r.Gives("it", () => Enumerable.Empty<int>().ElementAtOrDefault(-1));
    public static void element_at_or_default_minus_1_of_nothing_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Empty<int>().AsParallel().AsOrdered().ElementAtOrDefault(-1));
    public static void element_at_99_of_nothing(Recorder r) =>
        r.Gives("it", () => Enumerable.Empty<int>().ElementAt(99));
    public static void element_at_99_of_nothing_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Empty<int>().AsParallel().AsOrdered().ElementAt(99));
    public static void element_at_or_default_99_of_nothing(Recorder r) =>
        r.Gives("it", () => Enumerable.Empty<int>().ElementAtOrDefault(99));
    public static void element_at_or_default_99_of_nothing_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Empty<int>().AsParallel().AsOrdered().ElementAtOrDefault(99));
    public static void first_of_a_range(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).First());
    public static void first_of_a_range_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).AsParallel().AsOrdered().First());
    public static void last_of_a_range(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).Last());
    public static void last_of_a_range_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).AsParallel().AsOrdered().Last());
    public static void single_of_a_range(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).Single());
    public static void single_of_a_range_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).AsParallel().AsOrdered().Single());
    public static void first_or_default_of_a_range(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).FirstOrDefault());
    public static void first_or_default_of_a_range_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).AsParallel().AsOrdered().FirstOrDefault());
    public static void last_or_default_of_a_range(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).LastOrDefault());
    public static void last_or_default_of_a_range_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).AsParallel().AsOrdered().LastOrDefault());
    public static void single_or_default_of_a_range(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).SingleOrDefault());
    public static void single_or_default_of_a_range_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).AsParallel().AsOrdered().SingleOrDefault());
    public static void any_of_a_range(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).Any());
    public static void any_of_a_range_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).AsParallel().AsOrdered().Any());
    public static void count_of_a_range(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).Count());
    public static void count_of_a_range_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).AsParallel().AsOrdered().Count());
    public static void sum_of_a_range(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).Sum());
    public static void sum_of_a_range_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).AsParallel().AsOrdered().Sum());
    public static void min_of_a_range(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).Min());
    public static void min_of_a_range_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).AsParallel().AsOrdered().Min());
    public static void max_of_a_range(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).Max());
    public static void max_of_a_range_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).AsParallel().AsOrdered().Max());
    public static void element_at_0_of_a_range(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).ElementAt(0));
    public static void element_at_0_of_a_range_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).AsParallel().AsOrdered().ElementAt(0));
    public static void element_at_or_default_0_of_a_range(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).ElementAtOrDefault(0));
    public static void element_at_or_default_0_of_a_range_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).AsParallel().AsOrdered().ElementAtOrDefault(0));
    public static void element_at_3_of_a_range(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).ElementAt(3));
    public static void element_at_3_of_a_range_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).AsParallel().AsOrdered().ElementAt(3));
    public static void element_at_or_default_3_of_a_range(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).ElementAtOrDefault(3));
    public static void element_at_or_default_3_of_a_range_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).AsParallel().AsOrdered().ElementAtOrDefault(3));
    public static void element_at_minus_1_of_a_range(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).ElementAt(-1));
    public static void element_at_minus_1_of_a_range_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).AsParallel().AsOrdered().ElementAt(-1));
    public static void element_at_or_default_minus_1_of_a_range(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).ElementAtOrDefault(-1));
    public static void element_at_or_default_minus_1_of_a_range_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).AsParallel().AsOrdered().ElementAtOrDefault(-1));
    public static void element_at_99_of_a_range(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).ElementAt(99));
    public static void element_at_99_of_a_range_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).AsParallel().AsOrdered().ElementAt(99));
    public static void element_at_or_default_99_of_a_range(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).ElementAtOrDefault(99));
    public static void element_at_or_default_99_of_a_range_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).AsParallel().AsOrdered().ElementAtOrDefault(99));
    public static void first_that_is_five(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).First(x => x == 5));
    public static void first_that_is_five_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).AsParallel().AsOrdered().First(x => x == 5));
    public static void first_that_is_odd(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).First(x => x % 2 == 1));
    public static void first_that_is_odd_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).AsParallel().AsOrdered().First(x => x % 2 == 1));
    public static void first_that_is_not_there(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).First(x => x > 99));
    public static void first_that_is_not_there_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).AsParallel().AsOrdered().First(x => x > 99));
    public static void last_that_is_five(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).Last(x => x == 5));
    public static void last_that_is_five_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).AsParallel().AsOrdered().Last(x => x == 5));
    public static void last_that_is_odd(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).Last(x => x % 2 == 1));
    public static void last_that_is_odd_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).AsParallel().AsOrdered().Last(x => x % 2 == 1));
    public static void last_that_is_not_there(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).Last(x => x > 99));
    public static void last_that_is_not_there_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).AsParallel().AsOrdered().Last(x => x > 99));
    public static void single_that_is_five(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).Single(x => x == 5));
    public static void single_that_is_five_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).AsParallel().AsOrdered().Single(x => x == 5));
    public static void single_that_is_odd(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).Single(x => x % 2 == 1));
    public static void single_that_is_odd_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).AsParallel().AsOrdered().Single(x => x % 2 == 1));
    public static void single_that_is_not_there(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).Single(x => x > 99));
    public static void single_that_is_not_there_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).AsParallel().AsOrdered().Single(x => x > 99));
    public static void first_or_default_that_is_five(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).FirstOrDefault(x => x == 5));
    public static void first_or_default_that_is_five_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).AsParallel().AsOrdered().FirstOrDefault(x => x == 5));
    public static void first_or_default_that_is_odd(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).FirstOrDefault(x => x % 2 == 1));
    public static void first_or_default_that_is_odd_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).AsParallel().AsOrdered().FirstOrDefault(x => x % 2 == 1));
    public static void first_or_default_that_is_not_there(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).FirstOrDefault(x => x > 99));
    public static void first_or_default_that_is_not_there_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).AsParallel().AsOrdered().FirstOrDefault(x => x > 99));
    public static void last_or_default_that_is_five(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).LastOrDefault(x => x == 5));
    public static void last_or_default_that_is_five_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).AsParallel().AsOrdered().LastOrDefault(x => x == 5));
    public static void last_or_default_that_is_odd(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).LastOrDefault(x => x % 2 == 1));
    public static void last_or_default_that_is_odd_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).AsParallel().AsOrdered().LastOrDefault(x => x % 2 == 1));
    public static void last_or_default_that_is_not_there(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).LastOrDefault(x => x > 99));
    public static void last_or_default_that_is_not_there_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).AsParallel().AsOrdered().LastOrDefault(x => x > 99));
    public static void single_or_default_that_is_five(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).SingleOrDefault(x => x == 5));
    public static void single_or_default_that_is_five_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).AsParallel().AsOrdered().SingleOrDefault(x => x == 5));
    public static void single_or_default_that_is_odd(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).SingleOrDefault(x => x % 2 == 1));
    public static void single_or_default_that_is_odd_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).AsParallel().AsOrdered().SingleOrDefault(x => x % 2 == 1));
    public static void single_or_default_that_is_not_there(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).SingleOrDefault(x => x > 99));
    public static void single_or_default_that_is_not_there_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).AsParallel().AsOrdered().SingleOrDefault(x => x > 99));
    public static void any_that_is_five(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).Any(x => x == 5));
    public static void any_that_is_five_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).AsParallel().AsOrdered().Any(x => x == 5));
    public static void any_that_is_odd(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).Any(x => x % 2 == 1));
    public static void any_that_is_odd_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).AsParallel().AsOrdered().Any(x => x % 2 == 1));
    public static void any_that_is_not_there(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).Any(x => x > 99));
    public static void any_that_is_not_there_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).AsParallel().AsOrdered().Any(x => x > 99));
    public static void all_that_is_five(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).All(x => x == 5));
    public static void all_that_is_five_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).AsParallel().AsOrdered().All(x => x == 5));
    public static void all_that_is_odd(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).All(x => x % 2 == 1));
    public static void all_that_is_odd_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).AsParallel().AsOrdered().All(x => x % 2 == 1));
    public static void all_that_is_not_there(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).All(x => x > 99));
    public static void all_that_is_not_there_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).AsParallel().AsOrdered().All(x => x > 99));
    public static void count_that_is_five(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).Count(x => x == 5));
    public static void count_that_is_five_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).AsParallel().AsOrdered().Count(x => x == 5));
    public static void count_that_is_odd(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).Count(x => x % 2 == 1));
    public static void count_that_is_odd_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).AsParallel().AsOrdered().Count(x => x % 2 == 1));
    public static void count_that_is_not_there(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).Count(x => x > 99));
    public static void count_that_is_not_there_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).AsParallel().AsOrdered().Count(x => x > 99));
    public static void contains_it(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.Contains(5));
    public static void contains_it_in_parallel(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.AsParallel().AsOrdered().Contains(5));
    public static void contains_it_not(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.Contains(6));
    public static void contains_it_not_in_parallel(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.AsParallel().AsOrdered().Contains(6));
    public static void sequence_equal_to_itself(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.SequenceEqual(new[] {3, 1, 2, 3, 5, 1}));
    public static void sequence_equal_to_itself_in_parallel(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.AsParallel().AsOrdered().SequenceEqual(new[] {3, 1, 2, 3, 5, 1}.AsParallel().AsOrdered()));
    public static void sequence_equal_to_other(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.SequenceEqual(new[] {5, 8, 3, 8}));
    public static void sequence_equal_to_other_in_parallel(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.AsParallel().AsOrdered().SequenceEqual(new[] {5, 8, 3, 8}.AsParallel().AsOrdered()));
    public static void sequence_equal_to_a_beginning(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).SequenceEqual(Enumerable.Range(0, 10).Take(5)));
    public static void sequence_equal_to_a_beginning_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).AsParallel().AsOrdered().SequenceEqual(Enumerable.Range(0, 10).AsParallel().AsOrdered().Take(5)));
    public static void aggregate_of_some(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.Aggregate((x, y) => x + y));
    public static void aggregate_of_some_in_parallel(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.AsParallel().AsOrdered().Aggregate((x, y) => x + y));
    public static void aggregate_of_nothing(Recorder r) =>
        r.Gives("it", () => Enumerable.Empty<int>().Aggregate((x, y) => x + y));
    public static void aggregate_of_nothing_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Empty<int>().AsParallel().AsOrdered().Aggregate((x, y) => x + y));
    public static void aggregate_with_seed(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.Aggregate(100, (x, y) => x - y));
    public static void aggregate_with_seed_in_parallel(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.AsParallel().AsOrdered().Aggregate(100, (x, y) => x - y));
    public static void aggregate_with_seed_of_nothing(Recorder r) =>
        r.Gives("it", () => Enumerable.Empty<int>().Aggregate(100, (x, y) => x - y));
    public static void aggregate_with_seed_of_nothing_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Empty<int>().AsParallel().AsOrdered().Aggregate(100, (x, y) => x - y));
    public static void aggregate_with_result(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.Aggregate(100, (x, y) => x - y, x => -x));
    public static void aggregate_with_result_in_parallel(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.AsParallel().AsOrdered().Aggregate(100, (x, y) => x - y, x => -x));
}
