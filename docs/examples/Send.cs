// dotnet run -- arrests arrest.json | referrals referral.json      needs LEAD_URL and LEAD_KEY; .NET 8
using System.Net.Http.Headers;
using System.Security.Cryptography;

var body = await File.ReadAllBytesAsync(args[1]);
using var http = new HttpClient { BaseAddress = new Uri(Environment.GetEnvironmentVariable("LEAD_URL")!) };
http.DefaultRequestHeaders.Authorization = new("Bearer", Environment.GetEnvironmentVariable("LEAD_KEY"));
for (var wait = 1; ; wait *= 2)
{
    var content = new ByteArrayContent(body);
    content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
    var request = new HttpRequestMessage(HttpMethod.Post, $"/api/{args[0]}") { Content = content };
    request.Headers.Add("Idempotency-Key", Convert.ToHexString(SHA256.HashData(body)));
    var answer = await http.SendAsync(request);
    if (answer.IsSuccessStatusCode || (int)answer.StatusCode is not (429 or 503) || wait > 8)
    {
        Console.WriteLine(await answer.Content.ReadAsStringAsync());
        return answer.IsSuccessStatusCode ? 0 : 1;
    }
    await Task.Delay(wait * 1000);
}
