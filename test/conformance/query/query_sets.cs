// distinct, union, except, intersect.

static class query_sets
{
    public static void distinct_of_some(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.Distinct().ToArray());
    public static void distinct_of_some_in_parallel(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.AsParallel().AsOrdered().Distinct().ToArray());
    public static void union_of_some(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.Union(new[] {5, 8, 3, 8}).ToArray());
    public static void union_of_some_in_parallel(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.AsParallel().AsOrdered().Union(new[] {5, 8, 3, 8}.AsParallel().AsOrdered()).ToArray());
    public static void except_of_some(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.Except(new[] {5, 8, 3, 8}).ToArray());
    public static void except_of_some_in_parallel(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.AsParallel().AsOrdered().Except(new[] {5, 8, 3, 8}.AsParallel().AsOrdered()).ToArray());
    public static void intersect_of_some(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.Intersect(new[] {5, 8, 3, 8}).ToArray());
    public static void intersect_of_some_in_parallel(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.AsParallel().AsOrdered().Intersect(new[] {5, 8, 3, 8}.AsParallel().AsOrdered()).ToArray());
    public static void distinct_of_nothing(Recorder r) =>
        r.Gives("it", () => Enumerable.Empty<int>().Distinct().ToArray());
    public static void distinct_of_nothing_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Empty<int>().AsParallel().AsOrdered().Distinct().ToArray());
    public static void union_of_nothing(Recorder r) =>
        r.Gives("it", () => Enumerable.Empty<int>().Union(new[] {5, 8, 3, 8}).ToArray());
    public static void union_of_nothing_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Empty<int>().AsParallel().AsOrdered().Union(new[] {5, 8, 3, 8}.AsParallel().AsOrdered()).ToArray());
    public static void except_of_nothing(Recorder r) =>
        r.Gives("it", () => Enumerable.Empty<int>().Except(new[] {5, 8, 3, 8}).ToArray());
    public static void except_of_nothing_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Empty<int>().AsParallel().AsOrdered().Except(new[] {5, 8, 3, 8}.AsParallel().AsOrdered()).ToArray());
    public static void intersect_of_nothing(Recorder r) =>
        r.Gives("it", () => Enumerable.Empty<int>().Intersect(new[] {5, 8, 3, 8}).ToArray());
    public static void intersect_of_nothing_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Empty<int>().AsParallel().AsOrdered().Intersect(new[] {5, 8, 3, 8}.AsParallel().AsOrdered()).ToArray());
    public static void distinct_of_a_range(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).Distinct().ToArray());
    public static void distinct_of_a_range_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).AsParallel().AsOrdered().Distinct().ToArray());
    public static void union_of_a_range(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).Union(new[] {5, 8, 3, 8}).ToArray());
    public static void union_of_a_range_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).AsParallel().AsOrdered().Union(new[] {5, 8, 3, 8}.AsParallel().AsOrdered()).ToArray());
    public static void except_of_a_range(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).Except(new[] {5, 8, 3, 8}).ToArray());
    public static void except_of_a_range_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).AsParallel().AsOrdered().Except(new[] {5, 8, 3, 8}.AsParallel().AsOrdered()).ToArray());
    public static void intersect_of_a_range(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).Intersect(new[] {5, 8, 3, 8}).ToArray());
    public static void intersect_of_a_range_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).AsParallel().AsOrdered().Intersect(new[] {5, 8, 3, 8}.AsParallel().AsOrdered()).ToArray());
    public static void distinct_of_remainders(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).Select(x => x % 3).Distinct().ToArray());
    public static void distinct_of_remainders_in_parallel(Recorder r) =>
        r.Gives("it", () => Enumerable.Range(0, 10).AsParallel().AsOrdered().Select(x => x % 3).Distinct().ToArray());
    public static void union_with_nothing(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.Union(Enumerable.Empty<int>()).ToArray());
    public static void union_with_nothing_in_parallel(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.AsParallel().AsOrdered().Union(Enumerable.Empty<int>().AsParallel().AsOrdered()).ToArray());
    public static void except_everything(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.Except(new[] {3, 1, 2, 3, 5, 1}).ToArray());
    public static void except_everything_in_parallel(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.AsParallel().AsOrdered().Except(new[] {3, 1, 2, 3, 5, 1}.AsParallel().AsOrdered()).ToArray());
    public static void intersect_with_itself(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.Intersect(new[] {3, 1, 2, 3, 5, 1}).ToArray());
    public static void intersect_with_itself_in_parallel(Recorder r) =>
        r.Gives("it", () => new[] {3, 1, 2, 3, 5, 1}.AsParallel().AsOrdered().Intersect(new[] {3, 1, 2, 3, 5, 1}.AsParallel().AsOrdered()).ToArray());
}
